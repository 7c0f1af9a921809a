"""The directory's store on a database: the promises of `eventray_core.ports.DirectoryStore`."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from eventray_cluster.data_dir import DIRECTORY_LOCK, FileLock, prepare_data_dir
from eventray_cluster.store.cipher import RecordCipher
from eventray_cluster.store.engine import open_engine
from eventray_cluster.store.failures import database_failures
from eventray_cluster.store.opening_steps import Opened, open_data
from eventray_cluster.store.ownership import check_ownership, own_session
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.records import put_of, rows_of
from eventray_cluster.store.rows import (
    CLUSTER_STATE,
    TERM,
    keep,
    next_number,
    read_kept,
    read_rows,
    read_version,
    set_version,
    write_rows,
)
from eventray_core.control.records import Change, Put
from eventray_core.ports import DataLockedError

logger = logging.getLogger(__name__)

PATIENCE_S = 15.0
"""How long one call may take, waiting for others included."""

OWNER_LEAVES_S = 2.0
"""How long the end of a killed owner's session may take to be noticed by its database."""

LOOK_AGAIN_S = 0.1


class DatabaseStore:
    """Keeps what the directory must find again, in SQLite or PostgreSQL, over one connection.

    A connection that breaks is made again by the next call.
    """

    def __init__(self, place: DataPlace, clock: Callable[[], float] = time.time) -> None:
        self._place = place
        self._clock = clock
        self._lock: FileLock | None = None
        self._engine: AsyncEngine | None = None
        self._opened: Opened | None = None

    async def open(self) -> None:
        """Lock the data, bring the tables up to date, make the first records if there are none.

        Raises `DataLockedError` when another process has them, `DataDirectoryError` when they cannot
        be used, `StoreUnavailableError` when there is no database to be reached. Idempotent.
        """
        if self._opened is not None:
            return
        try:
            self._lock = self._lock_files()
            self._engine = open_engine(self._place)
            self._opened = await self._open(self._engine)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Give the data free; `open` takes them again."""
        engine, lock, self._engine, self._lock, self._opened = self._engine, self._lock, None, None, None
        if engine is not None:
            await engine.dispose()
        if lock is not None:
            lock.release()

    async def next_term(self) -> int:
        """A number that no earlier call returned, growing; durable when this returns."""
        async with self._transaction(writing=True) as (connection, _):
            return await next_number(connection, TERM)

    async def records(self) -> tuple[int, list[Put]]:
        """The configuration's version and all that it consists of, by kind and key."""
        async with self._transaction() as (connection, cipher):
            version, rows = await read_version(connection), await read_rows(connection)
        return version, [put_of(row, cipher) for row in rows]

    async def write(self, version: int, changes: Sequence[Change]) -> None:
        """Make all changes, and with them the configuration's version the given one."""
        async with self._transaction(writing=True) as (connection, cipher):
            await set_version(connection, version)
            rows, removed = rows_of(changes, cipher)
            await write_rows(connection, rows, removed, int(self._clock()))

    async def check(self) -> None:
        """Return if the data can be used and are still this directory's."""
        async with self._transaction():
            pass

    async def load_cluster(self) -> bytes | None:
        """The last saved cluster state, None if there is none."""
        async with self._transaction() as (connection, _):
            return await read_kept(connection, CLUSTER_STATE)

    async def save_cluster(self, state: bytes) -> None:
        """Keep the cluster state; durable when this returns."""
        async with self._transaction(writing=True) as (connection, _):
            await keep(connection, CLUSTER_STATE, state)

    @asynccontextmanager
    async def _transaction(
        self, writing: bool = False
    ) -> AsyncIterator[tuple[AsyncConnection, RecordCipher]]:
        """One transaction of the data's owner, committed at the end."""
        if self._engine is None or self._opened is None:
            raise RuntimeError("the store is not open")
        with database_failures():
            async with asyncio.timeout(PATIENCE_S), self._engine.begin() as connection:
                await check_ownership(connection, self._opened.fence, writing)
                yield connection, self._opened.cipher

    def _lock_files(self) -> FileLock | None:
        """A database server has a lock of its own."""
        if self._place.database is None or self._place.encryption_key is None:
            prepare_data_dir(self._place.data_dir)
        if self._place.database is not None:
            return None
        return FileLock.take(self._place.data_dir / DIRECTORY_LOCK)

    async def _open(self, engine: AsyncEngine) -> Opened:
        deadline = time.monotonic() + OWNER_LEAVES_S
        while True:
            try:
                with database_failures():
                    async with asyncio.timeout(PATIENCE_S), engine.begin() as connection:
                        if not await own_session(connection):
                            raise DataLockedError("Another process uses the data in the database.")
                        return await open_data(connection, self._place, int(self._clock()))
            except DataLockedError:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(LOOK_AGAIN_S)
