"""The records in memory, by kind and by what they belong to."""

from collections.abc import Iterable, Iterator
from typing import Any

from eventray_core.control.records import RECORDS, Change, Kind, Put, R, Record, decode


class Tables:
    """All records; who reads gets typed values, who writes brings changes."""

    def __init__(self) -> None:
        self._tables: dict[Kind, dict[str, dict[str, Any]]] = {record.kind: {} for record in RECORDS}

    def find(self, record: type[R], key: str) -> R | None:
        """The record of that type and key."""
        found: R | None = self._tables[record.kind].get(_parent(key), {}).get(key)
        return found

    def under(self, record: type[R], parent: str = "") -> list[R]:
        """All of that type below a parent (or below none), the oldest first."""
        found: Iterable[R] = self._tables[record.kind].get(parent, {}).values()
        return sorted(found, key=position)

    def all(self, record: type[R]) -> list[R]:
        """All of that type, the oldest first."""
        found: list[R] = [r for below in self._tables[record.kind].values() for r in below.values()]
        return sorted(found, key=position)

    def count(self, record: type[R], parent: str = "") -> int:
        """How many of that type are below the parent."""
        return len(self._tables[record.kind].get(parent, {}))

    def apply(self, changes: Iterable[Change]) -> None:
        """Take over changes in their order."""
        for change in changes:
            below = self._tables[change.kind].setdefault(_parent(change.key), {})
            if isinstance(change, Put):
                below[change.key] = decode(change)
            else:
                below.pop(change.key, None)
            if not below:
                del self._tables[change.kind][_parent(change.key)]

    def __iter__(self) -> Iterator[Record]:
        return (r for kind in self._tables.values() for below in kind.values() for r in below.values())


def position(record: Record) -> tuple[float, str]:
    """Where a record stands in a list."""
    return record.created, record.key


def _parent(key: str) -> str:
    head, slash, _ = key.partition("/")
    return head if slash else ""
