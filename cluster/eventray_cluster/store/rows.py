"""What is read from and written to the tables, each in the transaction of the caller."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from eventray_cluster.store.tables import COUNTERS, KEPT, RECORDS
from eventray_core.ports import VersionConflictError

CONFIGURATION_VERSION = "configuration_version"
TERM = "term"

CLUSTER_STATE = "directory"


class Row(NamedTuple):
    """A record as it is stored: the bodies of secrets are sealed."""

    kind: str
    key: str
    body: bytes


async def read_rows(connection: AsyncConnection) -> list[Row]:
    """All records, by kind and key."""
    query = select(RECORDS.c.kind, RECORDS.c.key, RECORDS.c.body).order_by(RECORDS.c.kind, RECORDS.c.key)
    return [Row(kind, key, body) for kind, key, body in await connection.execute(query)]


async def write_rows(
    connection: AsyncConnection, rows: Sequence[Row], removed: Iterable[tuple[str, str]], now: int
) -> None:
    """Put the rows, in place of those of the same kind and key, and remove others."""
    gone = [{"old_kind": kind, "old_key": key} for kind, key, *_ in [*rows, *removed]]
    which = (RECORDS.c.kind == bindparam("old_kind")) & (RECORDS.c.key == bindparam("old_key"))
    if gone:
        await connection.execute(delete(RECORDS).where(which), gone)
    if rows:
        await connection.execute(insert(RECORDS), [{**row._asdict(), "modified": now} for row in rows])


async def read_counter(connection: AsyncConnection, counter: str) -> int:
    """The counter's value."""
    query = select(COUNTERS.c.value).where(COUNTERS.c.name == counter)
    return int((await connection.execute(query)).scalar_one())


async def set_version(connection: AsyncConnection, version: int) -> None:
    """Set the configuration's version, which must be the next: raises `VersionConflictError`."""
    stored = await read_counter(connection, CONFIGURATION_VERSION)
    if stored != version - 1:
        raise VersionConflictError(f"the configuration has version {stored}, {version} cannot be the next")
    await connection.execute(
        update(COUNTERS).where(COUNTERS.c.name == CONFIGURATION_VERSION).values(value=version)
    )


async def next_number(connection: AsyncConnection, counter: str) -> int:
    """Make the counter grow by one; its new value."""
    grow = update(COUNTERS).where(COUNTERS.c.name == counter).values(value=COUNTERS.c.value + 1)
    return int((await connection.execute(grow.returning(COUNTERS.c.value))).scalar_one())


async def make_counters(connection: AsyncConnection, **values: int) -> None:
    """Make counters that are not there yet."""
    await connection.execute(insert(COUNTERS), [{"name": n, "value": v} for n, v in values.items()])


async def read_kept(connection: AsyncConnection, name: str) -> bytes | None:
    """The bytes that are kept under the name, None if there are none."""
    value: bytes | None = await connection.scalar(select(KEPT.c.value).where(KEPT.c.name == name))
    return value


async def keep(connection: AsyncConnection, name: str, value: bytes) -> None:
    """Keep the bytes in place of the former."""
    await connection.execute(delete(KEPT).where(KEPT.c.name == name))
    await connection.execute(insert(KEPT), [{"name": name, "value": value}])


async def is_empty(connection: AsyncConnection, *tables: Table) -> bool:
    """Whether none of the tables has a row."""
    return not [t for t in tables if (await connection.execute(select(t).limit(1))).first() is not None]
