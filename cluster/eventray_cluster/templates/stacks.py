"""The records of stacks, on the server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventray_cluster.errors import CommandError
from eventray_cluster.signed_http import RefusedError, SignedHttp

STACKS = ("eventray", "stacks")
CONFLICT = "ConcurrentModificationException"
NOT_THERE = "NotFoundException"


class ChangedMeanwhileError(CommandError):
    """Another command has written the stack's record since this one read it."""

    def __init__(self, stack: str) -> None:
        super().__init__(f"Another command is at work on the stack {stack!r}; nothing more was done.")


@dataclass(frozen=True, slots=True)
class StoredStack:
    """A record as the server has it."""

    name: str
    version: int
    body: str
    modified: float
    """Seconds since 1970."""


class ServerStacks:
    """Reads and writes them; all raise `CommandError`, `UnreachableError` if the outcome is unknown."""

    def __init__(self, http: SignedHttp) -> None:
        self._http = http

    def load(self, name: str) -> StoredStack | None:
        """The record of that name."""
        try:
            return _stack(self._http.call("GET", *STACKS, name)["stack"])
        except RefusedError as error:
            if error.error_type == NOT_THERE:
                return None
            raise

    def names(self) -> list[str]:
        """The names of all stacks."""
        return [str(entry["name"]) for entry in self._http.items("stacks", *STACKS)]

    def save(self, name: str, body: str, version: int) -> int:
        """Write a record in the place of that version (0: there is none); its new version."""
        content = {"body": body, "expectedVersion": version}
        try:
            return _stack(self._http.call("POST", *STACKS, name, body=content)["stack"]).version
        except RefusedError as error:
            raise _translated(error, name) from None

    def remove(self, name: str, version: int) -> None:
        """Remove a record of that version."""
        try:
            self._http.call("DELETE", *STACKS, name, query={"expectedVersion": str(version)})
        except RefusedError as error:
            raise _translated(error, name) from None


def _translated(error: RefusedError, name: str) -> CommandError:
    return ChangedMeanwhileError(name) if error.error_type == CONFLICT else error


def _stack(entry: Mapping[str, Any]) -> StoredStack:
    modified = float(entry.get("lastModified", 0))
    return StoredStack(entry["name"], entry["version"], entry.get("body", ""), modified)
