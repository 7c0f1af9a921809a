"""Everything that a server cannot make anew, as one value: read from data in use, written into empty ones.

It holds the records as they were before they were sealed, so that it can go from SQLite to PostgreSQL and
back, and to another encryption key. Who is a member is not in it: no member outlives a restore.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from eventray_cluster.data_dir import (
    DATABASE_FILE,
    DIRECTORY_LOCK,
    SERVE_LOCK,
    DataDirectoryError,
    FileLock,
    prepare_data_dir,
)
from eventray_cluster.store.backup_files import read_files, remove_files, write_files
from eventray_cluster.store.cipher import RecordCipher
from eventray_cluster.store.engine import open_engine
from eventray_cluster.store.failures import database_failures
from eventray_cluster.store.key_check import KEY_ID, find_key
from eventray_cluster.store.key_file import KEY_FILE
from eventray_cluster.store.key_text import encode_encryption_key
from eventray_cluster.store.migrate import check_revision, migrate
from eventray_cluster.store.ownership import FENCE, own_session
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.records import put_of, row_of
from eventray_cluster.store.rows import (
    CONFIGURATION_VERSION,
    TERM,
    is_empty,
    keep,
    make_counters,
    read_counter,
    read_rows,
    write_rows,
)
from eventray_cluster.store.tables import COUNTERS
from eventray_core.control.records import Kind, Put
from eventray_core.ports import DataLockedError

PATIENCE_S = 60.0

SQLITE_FILES = tuple(DATABASE_FILE + end for end in ("", "-wal", "-shm"))


class Backup(msgspec.Struct, frozen=True, tag="eventray-1"):
    """The data; secret like few other things."""

    version: int
    """The configuration's."""
    term: int
    """The last that a directory had: the next one's must be greater."""
    records: list[tuple[str, str, bytes]]
    """Kind, key and body."""
    encryption_key: bytes
    files: dict[str, bytes]
    """By their paths in the data directory."""


def encode(backup: Backup) -> bytes:
    """The backup as bytes, which are secret."""
    return zlib.compress(msgspec.msgpack.encode(backup))


def decode(content: bytes) -> Backup:
    """Read a backup; raises `DataDirectoryError` for what is none."""
    try:
        return msgspec.msgpack.decode(zlib.decompress(content), type=Backup)
    except (zlib.error, msgspec.DecodeError):
        raise DataDirectoryError("The backup holds what this version of EventRay does not know.") from None


async def read_backup(place: DataPlace) -> Backup:
    """All data as they are at one moment; a server may be using them.

    Raises `DataDirectoryError` if there are none or they cannot be read, and `StoreUnavailableError`.
    """
    if place.database is None and not (place.data_dir / DATABASE_FILE).is_file():
        raise DataDirectoryError(f"There are no data in {place.data_dir}.")
    prepare_data_dir(place.data_dir)
    async with _transaction(place, reading=True) as connection:
        await connection.run_sync(check_revision)
        if await is_empty(connection, COUNTERS):
            raise DataDirectoryError("There are no data in the database.")
        key = await find_key(connection, place)
        cipher = RecordCipher(key)
        puts = [put_of(row, cipher) for row in await read_rows(connection)]
        return Backup(
            await read_counter(connection, CONFIGURATION_VERSION),
            await read_counter(connection, TERM),
            [(put.kind.value, put.key, put.body) for put in puts],
            key,
            read_files(place.data_dir),
        )


async def restore_backup(backup: Backup, place: DataPlace, now: int) -> None:
    """Make the data in a place that has none; all of them, or none if an error is raised.

    The encryption key is the place's own if one was given, else the backup's. Raises `DataDirectoryError`,
    also when there are data already, `DataLockedError` and `StoreUnavailableError`.
    """
    prepare_data_dir(place.data_dir)
    with _locked(place), _files(backup, place):
        async with _transaction(place) as connection:
            if not await own_session(connection):
                raise DataLockedError("Another process uses the data in the database.")
            await connection.run_sync(migrate)
            if not await is_empty(connection, COUNTERS):
                raise DataDirectoryError("There are data in the database already: restore into an empty one.")
            await _write(connection, backup, RecordCipher(place.encryption_key or backup.encryption_key), now)


async def _write(connection: AsyncConnection, backup: Backup, cipher: RecordCipher, now: int) -> None:
    counters = {CONFIGURATION_VERSION: backup.version, TERM: backup.term, FENCE: 0}
    await make_counters(connection, **counters)
    await keep(connection, KEY_ID, cipher.key_id)
    rows = [row_of(Put(Kind(kind), key, body), cipher) for kind, key, body in backup.records]
    await write_rows(connection, rows, [], now)


@asynccontextmanager
async def _transaction(place: DataPlace, reading: bool = False) -> AsyncIterator[AsyncConnection]:
    engine = open_engine(place, reading)
    try:
        with database_failures():
            async with asyncio.timeout(PATIENCE_S), engine.begin() as connection:
                yield connection
    finally:
        await engine.dispose()


@contextmanager
def _locked(place: DataPlace) -> Iterator[None]:
    """No server uses the data directory meanwhile."""
    with ExitStack() as held:
        for name in (SERVE_LOCK, DIRECTORY_LOCK):
            held.callback(FileLock.take(place.data_dir / name).release)
        yield


@contextmanager
def _files(backup: Backup, place: DataPlace) -> Iterator[None]:
    """The backup's files are in the place, and gone again after an error."""
    files = dict(backup.files)
    if place.encryption_key is None:
        files[KEY_FILE] = f"{encode_encryption_key(backup.encryption_key)}\n".encode()
    database = [] if place.database else [place.data_dir / name for name in SQLITE_FILES]
    there = [p for p in [*database, *(place.data_dir / name for name in files)] if p.exists()]
    if there:
        raise DataDirectoryError(f"There is {there[0]} already: restore into an empty data directory.")
    written = write_files(place.data_dir, files)
    try:
        yield
    except BaseException:
        remove_files([*written, *database])
        raise


def size_of(backup: Backup) -> str:
    """What is in it, for people."""
    return f"{len(backup.records)} records and {len(backup.files)} files"
