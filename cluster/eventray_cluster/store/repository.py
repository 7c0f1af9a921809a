"""The directory's store on a database: the promises of `eventray_core.ports.DirectoryStore`."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

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
    CONFIGURATION_VERSION,
    TERM,
    keep,
    next_number,
    read_counter,
    read_kept,
    read_rows,
    set_version,
    write_rows,
)
from eventray_core.control.records import Change, Put
from eventray_core.ports import DataLockedError

logger = logging.getLogger(__name__)

PATIENCE_S = 15.0
"""How long PostgreSQL may take for one call, waiting for others included."""

OWNER_LEAVES_S = 2.0
"""How long the end of a killed owner's session may take to be noticed by its database."""

LOOK_AGAIN_S = 0.1

T = TypeVar("T")

Work = Callable[[AsyncConnection, RecordCipher], Awaitable[T]]
"""What is done in one transaction."""


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
        self._running: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Lock the data, bring the tables up to date, make the first records if there are none.

        Raises `DataLockedError` when another process has them, `DataDirectoryError` when they cannot
        be used, `StoreUnavailableError` when there is no database to be reached. Idempotent.
        """
        await self._to_the_end(self._open())

    async def close(self) -> None:
        """Give the data free, when what was begun is done; `open` takes them again."""
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._to_the_end(self._close())

    async def next_term(self) -> int:
        """A number that no earlier call returned, growing; durable when this returns."""
        return await self._write(lambda connection, _: next_number(connection, TERM))

    async def records(self) -> tuple[int, list[Put]]:
        """The configuration's version and all that it consists of, by kind and key."""
        return await self._read(_read_records)

    async def write(self, version: int, changes: Sequence[Change]) -> None:
        """Make all changes, and with them the configuration's version the given one."""

        async def write(connection: AsyncConnection, cipher: RecordCipher) -> None:
            await set_version(connection, version)
            rows, removed = rows_of(changes, cipher)
            await write_rows(connection, rows, removed, int(self._clock()))

        await self._write(write)

    async def check(self) -> None:
        """Return if the data can be used and are still this directory's."""
        await self._read(_nothing)

    async def load_cluster(self) -> bytes | None:
        """The last saved cluster state, None if there is none."""
        return await self._read(lambda connection, _: read_kept(connection, CLUSTER_STATE))

    async def save_cluster(self, state: bytes) -> None:
        """Keep the cluster state; durable when this returns."""
        await self._write(lambda connection, _: keep(connection, CLUSTER_STATE, state))

    async def _read(self, work: Work[T]) -> T:
        return await self._to_the_end(self._in_transaction(work, writing=False))

    async def _write(self, work: Work[T]) -> T:
        return await self._to_the_end(self._in_transaction(work, writing=True))

    async def _to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Finish it also if the caller is cancelled: an abandoned transaction would keep its locks."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.debug("a call failed: %s", error)

    async def _in_transaction(self, work: Work[T], writing: bool) -> T:
        """One transaction of the data's owner, committed when this returns."""
        if self._engine is None or self._opened is None:
            raise RuntimeError("the store is not open")
        opened = self._opened
        async with self._transaction(self._engine) as connection:
            await check_ownership(connection, opened.fence, writing)
            return await work(connection, opened.cipher)

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """SQLite cannot be hurried: who gives up on it leaves its locks behind."""
        patience = None if self._place.database is None else PATIENCE_S
        with database_failures():
            async with asyncio.timeout(patience), engine.begin() as connection:
                yield connection

    async def _open(self) -> None:
        if self._opened is not None:
            return
        try:
            self._lock = self._lock_files()
            self._engine = open_engine(self._place)
            self._opened = await self._take(self._engine)
        except BaseException:
            await self._close()
            raise

    async def _close(self) -> None:
        engine, lock, self._engine, self._lock, self._opened = self._engine, self._lock, None, None, None
        if engine is not None:
            await engine.dispose()
        if lock is not None:
            lock.release()

    def _lock_files(self) -> FileLock | None:
        """A database server has a lock of its own."""
        if self._place.database is None or self._place.encryption_key is None:
            prepare_data_dir(self._place.data_dir)
        if self._place.database is not None:
            return None
        return FileLock.take(self._place.data_dir / DIRECTORY_LOCK)

    async def _take(self, engine: AsyncEngine) -> Opened:
        deadline = time.monotonic() + OWNER_LEAVES_S
        while True:
            async with self._transaction(engine) as connection:
                if await own_session(connection):
                    return await open_data(connection, self._place, int(self._clock()))
            if time.monotonic() > deadline:
                raise DataLockedError("Another process uses the data in the database.")
            await asyncio.sleep(LOOK_AGAIN_S)


async def _read_records(connection: AsyncConnection, cipher: RecordCipher) -> tuple[int, list[Put]]:
    version, rows = await read_counter(connection, CONFIGURATION_VERSION), await read_rows(connection)
    return version, [put_of(row, cipher) for row in rows]


async def _nothing(connection: AsyncConnection, cipher: RecordCipher) -> None:
    """That the transaction could begin is all there is to see."""
