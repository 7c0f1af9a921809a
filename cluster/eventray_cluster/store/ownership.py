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
from eventray_core.ports import FencedError, StoreUnavailableError

FENCE = "fence"

ADVISORY_LOCK = int.from_bytes(b"EventRay")
"""Any number that no other program uses on this database."""

OWNED = "eventray-owned"


async def own_session(connection: AsyncConnection) -> bool:
    """Take the database's lock for the connection's session, unless it has it; whether it has it now.

    It stays with the session when the transaction ends, however that ends.
    """
    info = connection.info
    if connection.dialect.name != "postgresql" or OWNED in info:
        return True
    locked = await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK})
    if locked:
        info[OWNED] = True
    return bool(locked)


async def raise_fence(connection: AsyncConnection) -> int:
    """Overtake all who owned the data before, in the connection's transaction."""
    return await next_number(connection, FENCE)


async def check_ownership(connection: AsyncConnection, fence: int, writing: bool) -> None:
    """See that the data are still those that were opened with this fence.

    If the transaction is to write, nobody can raise the fence until it ends. Raises `FencedError` when
    somebody has, and `StoreUnavailableError` when the lock is taken though nobody has: by the owner's own
    former session, whose end the database has not noticed yet, or by somebody who is just opening the data.
    """
    locked = await own_session(connection)
    current = select(COUNTERS.c.value).where(COUNTERS.c.name == FENCE)
    if await connection.scalar(current.with_for_update() if writing else current) != fence:
        raise FencedError("Another directory has taken over the data in the database.")
    if not locked:
        raise StoreUnavailableError("Another session still has the data in the database.")
