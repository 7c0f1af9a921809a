"""Who owns the data: one directory at a time, and none that was overtaken may write.

An SQLite file is owned by a lock on a file beside it. A PostgreSQL database is owned by an advisory lock of
the very session that writes; so whoever loses the session loses the lock, and cannot write without having
taken it again. That a session was lost and somebody else wrote meanwhile is told by the *fence*, a number
that each owner raises when it opens the data, and that every transaction compares first.
"""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from eventray_cluster.store.rows import next_number
from eventray_cluster.store.tables import COUNTERS
from eventray_core.ports import DataLockedError, FencedError

FENCE = "fence"

ADVISORY_LOCK = int.from_bytes(b"EventRay")
"""Any number that no other program uses on this database."""

OWNED = "eventray-owned"


async def own_session(connection: AsyncConnection) -> None:
    """Take the database's lock for the connection's session, unless it has it: raises `DataLockedError`.

    It stays with the session when the transaction ends, however that ends.
    """
    info = connection.info
    if connection.dialect.name != "postgresql" or OWNED in info:
        return
    locked = await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK})
    if not locked:
        raise DataLockedError("Another process uses the data in the database.")
    info[OWNED] = True


async def raise_fence(connection: AsyncConnection) -> int:
    """Overtake all who owned the data before, in the connection's transaction."""
    return await next_number(connection, FENCE)


async def check_fence(connection: AsyncConnection, fence: int) -> None:
    """See that nobody has raised the fence, nor can until the transaction ends: raises `FencedError`."""
    current = select(COUNTERS.c.value).where(COUNTERS.c.name == FENCE).with_for_update()
    if await connection.scalar(current) != fence:
        raise FencedError("Another directory has taken over the data in the database.")
