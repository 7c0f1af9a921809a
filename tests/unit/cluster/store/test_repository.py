import logging
import pickle
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from eventray_cluster.store.opening import OpenStoreAt
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.auth import AuthMode
from eventray_core.ports import DataLockedError

NOON = 1_700_049_600
DAY = 86_400

HOLD_THE_DATA = """
import asyncio, pathlib, sys
from eventray_cluster.store.repository import DatabaseStore

async def main():
    await DatabaseStore(pathlib.Path(sys.argv[1])).open()
    print("open", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DatabaseStore]:
    store = DatabaseStore(tmp_path / "data", clock=lambda: NOON + 1_234)
    await store.open()
    yield store
    await store.close()


async def test_the_first_start_makes_an_api_to_publish_to(store: DatabaseStore) -> None:
    version, (api,) = await store.configuration()
    assert version == 1
    assert (api.name, api.created) == ("default", NOON + 1_234)
    assert len(api.api_id) == len(api.dns_id) == 26
    assert (api.api_id + api.dns_id).isalnum() and (api.api_id + api.dns_id).islower()
    assert api.api_id != api.dns_id
    assert api.connection_auth_modes == api.default_publish_auth_modes == (AuthMode.API_KEY,)
    assert api.default_subscribe_auth_modes == (AuthMode.API_KEY,)
    assert api.namespaces["default"].version == 1
    assert api.publish_modes(api.namespaces["default"]) == (AuthMode.API_KEY,)


async def test_its_key_ends_on_the_hour_a_year_later(store: DatabaseStore) -> None:
    _, (api,) = await store.configuration()
    ((name, key),) = api.api_keys.items()
    assert name == key.key
    assert key.key.startswith("da2-") and len(key.key) == 30
    assert key.expires == NOON + 365 * DAY


async def test_the_administrators_key_looks_like_one_of_aws(store: DatabaseStore) -> None:
    key = await store.administrator_key()
    assert key.access_key_id.startswith("AKIA") and len(key.access_key_id) == 20
    assert key.access_key_id.isalnum() and key.access_key_id.isupper()
    assert len(key.secret_access_key) == 40


async def test_the_files_are_the_owners_alone(store: DatabaseStore, tmp_path: Path) -> None:
    files = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data").iterdir()}
    assert files == dict.fromkeys(
        ["directory.lock", "eventray.db", "eventray.db-shm", "eventray.db-wal"], 0o600
    )


async def test_what_is_answered_is_on_the_disk(store: DatabaseStore) -> None:
    with store._opened().connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


async def test_secrets_are_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = DatabaseStore(tmp_path)
    with caplog.at_level(logging.DEBUG):
        await store.open()
    _, (api,) = await store.configuration()
    key = await store.administrator_key()
    await store.close()
    assert "made the API" in caplog.text
    assert next(iter(api.api_keys)) not in caplog.text
    assert key.secret_access_key not in caplog.text


@pytest.mark.parametrize(("days", "warned"), [(350, False), (352, True), (400, True)])
async def test_a_key_that_ends_soon_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, days: int, warned: bool
) -> None:
    first = DatabaseStore(tmp_path, clock=lambda: NOON)
    await first.open()
    await first.close()
    later = DatabaseStore(tmp_path, clock=lambda: NOON + days * DAY)
    await later.open()
    await later.close()
    assert ("ends in" in caplog.text) == warned


async def test_another_process_with_the_data_is_told_from_the_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD_THE_DATA, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout
    with holder, holder.stdout:
        assert holder.stdout.readline() == b"open\n"
        store = DatabaseStore(tmp_path)
        with pytest.raises(DataLockedError, match=str(tmp_path)):
            await store.open()
        holder.kill()
        holder.wait()
        await store.open()
        await store.close()


async def test_a_database_that_cannot_be_used_leaves_the_data_free(tmp_path: Path) -> None:
    (tmp_path / "eventray.db").write_bytes(b"not a database, but long enough to look at" * 100)
    store = DatabaseStore(tmp_path)
    with pytest.raises(Exception, match="file is not a database"):
        await store.open()
    (tmp_path / "eventray.db").unlink()
    await store.open()
    await store.close()


async def test_a_store_that_is_not_open_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await DatabaseStore(tmp_path).next_term()


async def test_several_modes_keep_their_order(store: DatabaseStore, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data" / "eventray.db") as database:
        (api_id,) = database.execute("SELECT api_id FROM apis").fetchone()
        rows = [(api_id, "default", "publish", n, mode) for n, mode in [(1, "API_KEY"), (0, "AWS_IAM")]]
        database.executemany("INSERT INTO channel_namespace_auth_modes VALUES (?,?,?,?,?)", rows)
    database.close()
    _, (api,) = await store.configuration()
    namespace = api.namespaces["default"]
    assert namespace.publish_auth_modes == (AuthMode.AWS_IAM, AuthMode.API_KEY)
    assert namespace.subscribe_auth_modes is None


def test_the_factory_pickles(tmp_path: Path) -> None:
    factory = OpenStoreAt(tmp_path)
    assert pickle.loads(pickle.dumps(factory)) == factory
    assert isinstance(factory(), DatabaseStore)
