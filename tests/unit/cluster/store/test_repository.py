import logging
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.control.records import AccessKeyRecord, ApiKeyRecord, Put, decode
from eventray_core.ports import DataLockedError

NOON = 1_700_049_600
DAY = 86_400

HOLD_THE_DATA = """
import asyncio, pathlib, sys
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore

async def main():
    store = DatabaseStore(DataPlace(pathlib.Path(sys.argv[1])))
    await store.open()
    print("open", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DatabaseStore]:
    store = DatabaseStore(DataPlace(tmp_path / "data"), clock=lambda: NOON + 1_234)
    await store.open()
    yield store
    await store.close()


async def test_the_files_are_the_owners_alone(store: DatabaseStore, tmp_path: Path) -> None:
    files = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data").iterdir()}
    names = ["directory.lock", "encryption.key", "eventray.db", "eventray.db-shm", "eventray.db-wal"]
    assert files == dict.fromkeys(names, 0o600)


async def ask(store: DatabaseStore, query: str) -> object:
    """What the store's own connection answers."""
    return await store._read(lambda connection, _: connection.scalar(text(query)))


async def test_what_is_answered_is_on_the_disk(store: DatabaseStore) -> None:
    assert await ask(store, "PRAGMA journal_mode") == "wal"
    assert await ask(store, "PRAGMA synchronous") == 2


async def test_a_record_tells_when_it_was_written(store: DatabaseStore) -> None:
    assert await ask(store, "SELECT min(modified) FROM records") == NOON + 1_234
    assert await ask(store, "SELECT max(modified) FROM records") == NOON + 1_234


async def test_secrets_are_neither_logged_nor_on_the_disk(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = DatabaseStore(DataPlace(tmp_path))
    with caplog.at_level(logging.DEBUG):
        await store.open()
    _, records = await store.records()
    await store.close()
    assert "made the API" in caplog.text
    on_disk = contents(tmp_path)
    assert b"channel_namespace" in on_disk
    secrets = secrets_of(records)
    assert len(secrets) == 2
    for secret in secrets:
        assert secret not in caplog.text
        assert secret.encode() not in on_disk


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def secrets_of(records: list[Put]) -> list[str]:
    decoded = [decode(put) for put in records]
    keys = [record.id for record in decoded if isinstance(record, ApiKeyRecord)]
    return keys + [record.secret_access_key for record in decoded if isinstance(record, AccessKeyRecord)]


@pytest.mark.parametrize(("days", "warned"), [(350, False), (352, True), (400, True)])
async def test_a_key_that_ends_soon_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, days: int, warned: bool
) -> None:
    for now in (NOON, NOON + days * DAY):
        store = DatabaseStore(DataPlace(tmp_path), clock=lambda now=now: now)  # type: ignore[misc]
        await store.open()
        await store.close()
    assert ("an API key of API" in caplog.text) == warned


async def test_another_process_with_the_data_is_told_from_the_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD_THE_DATA, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout
    with holder, holder.stdout:
        assert holder.stdout.readline() == b"open\n"
        store = DatabaseStore(DataPlace(tmp_path))
        with pytest.raises(DataLockedError, match=str(tmp_path)):
            await store.open()
        holder.kill()
        holder.wait()
        await store.open()
        await store.close()


async def test_a_database_that_cannot_be_used_leaves_the_data_free(tmp_path: Path) -> None:
    (tmp_path / "eventray.db").write_bytes(b"not a database, but long enough to look at" * 100)
    store = DatabaseStore(DataPlace(tmp_path))
    with pytest.raises(Exception, match="file is not a database"):
        await store.open()
    (tmp_path / "eventray.db").unlink()
    await store.open()
    await store.close()


async def test_a_store_that_is_not_open_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await DatabaseStore(DataPlace(tmp_path)).next_term()
