"""The directory's store on a database: the promises of `eventray_core.ports.DirectoryStore`."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from eventray_cluster.data_dir import DIRECTORY_LOCK, FileLock, prepare_data_dir
from eventray_cluster.store.catalog import read_apis
from eventray_cluster.store.engine import open_engine
from eventray_cluster.store.first_start import ADMINISTRATOR, CONFIGURATION_VERSION, TERM, make_first
from eventray_cluster.store.migrate import migrate
from eventray_cluster.store.tables import AccessKeyRow, ClusterStateRow, CounterRow
from eventray_core.api import Api
from eventray_core.ports import AdministratorKey

logger = logging.getLogger(__name__)

KEY_WARNING_S = 14 * 86_400
"""An API key that ends within this time is worth a warning."""

CLUSTER_STATE = "directory"

T = TypeVar("T")


class DatabaseStore:
    """Keeps what the directory must find again, in a database that one thread of its own talks to.

    Access keys are stored readable, because signatures are checked with them: file modes protect them.
    """

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.time) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._lock: FileLock | None = None
        self._engine: Engine | None = None

    async def open(self) -> None:
        """Lock the data, bring the tables up to date, make the first API and keys if there are none.

        Raises `DataLockedError` when another process has them, `DataDirectoryError` when they cannot
        be used. Idempotent.
        """
        await self._call(self._open)

    async def close(self) -> None:
        """Give the data free; `open` takes them again."""
        await self._call(self._close)

    async def next_term(self) -> int:
        """A number that no earlier call returned, growing; durable when this returns."""
        return await self._in_session(_next_term)

    async def configuration(self) -> tuple[int, tuple[Api, ...]]:
        """The configuration's version and all APIs, the oldest first."""
        return await self._in_session(_configuration)

    async def load_cluster(self) -> bytes | None:
        """The last saved cluster state, None if there is none."""
        return await self._in_session(_load_cluster)

    async def save_cluster(self, state: bytes) -> None:
        """Keep the cluster state; durable when this returns."""
        await self._in_session(
            lambda session: session.merge(ClusterStateRow(name=CLUSTER_STATE, value=state))
        )

    async def administrator_key(self) -> AdministratorKey:
        """The administrator's first key pair."""
        return await self._in_session(_administrator_key)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _in_session(self, work: Callable[[Session], T]) -> T:
        """Run it in one transaction, committed when this returns."""

        def run() -> T:
            with Session(self._opened()) as session, session.begin():
                return work(session)

        return await self._call(run)

    def _opened(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("the store is not open")
        return self._engine

    def _open(self) -> None:
        if self._engine is not None:
            return
        prepare_data_dir(self._data_dir)
        lock = FileLock.take(self._data_dir / DIRECTORY_LOCK)
        try:
            self._engine = self._prepared_engine()
        except BaseException:
            lock.release()
            raise
        self._lock = lock

    def _prepared_engine(self) -> Engine:
        engine = open_engine(self._data_dir)
        try:
            with engine.begin() as connection:
                migrate(connection)
            with Session(engine) as session, session.begin():
                if make_first(session, int(self._clock())):
                    logger.info("made the API 'default', its key and an administrator")
                _warn_of_ending_keys(read_apis(session), self._clock())
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        if self._lock is not None:
            self._lock.release()
        self._engine = self._lock = None


def _next_term(session: Session) -> int:
    grow = update(CounterRow).where(CounterRow.name == TERM).values(value=CounterRow.value + 1)
    return session.execute(grow.returning(CounterRow.value)).scalar_one()


def _configuration(session: Session) -> tuple[int, tuple[Api, ...]]:
    version = session.get_one(CounterRow, CONFIGURATION_VERSION).value
    return version, read_apis(session)


def _load_cluster(session: Session) -> bytes | None:
    row = session.get(ClusterStateRow, CLUSTER_STATE)
    return row.value if row else None


def _administrator_key(session: Session) -> AdministratorKey:
    keys = select(AccessKeyRow).where(AccessKeyRow.user_name == ADMINISTRATOR)
    row = session.scalars(keys.order_by(AccessKeyRow.created, AccessKeyRow.access_key_id).limit(1)).one()
    return AdministratorKey(row.access_key_id, row.secret_access_key)


def _warn_of_ending_keys(apis: Iterable[Api], now: float) -> None:
    for api in apis:
        for number, key in enumerate(api.api_keys.values(), start=1):
            if key.expires - now < KEY_WARNING_S:
                days = max(0, int((key.expires - now) // 86_400))
                logger.warning("API key %s of API %s ends in %s days", number, api.api_id, days)
