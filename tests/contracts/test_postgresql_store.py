"""What the store promises on PostgreSQL besides: sessions end, servers go away, and others want the data."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from eventray_cluster.store.cipher import RecordCipher
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.control.records import Kind, Put
from eventray_core.ports import DataLockedError, FencedError, StoreUnavailableError
from tests.support.postgresql import PostgreSQL, postgresql
from tests.support.rig import until

ONE = [Put(Kind.STACK, "one", b"1")]


@pytest.fixture
def place(database_server: PostgreSQL, tmp_path: Path) -> DataPlace:
    return DataPlace(tmp_path, database_server.new_database())


@pytest.fixture
async def store(place: DataPlace) -> AsyncIterator[DatabaseStore]:
    store = DatabaseStore(place)
    await store.open()
    yield store
    await store.close()


@pytest.fixture(scope="module")
def mortal_server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


def plain_url(place: DataPlace) -> str:
    return str(place.database).replace("+asyncpg", "")


async def ask(query: TextClause, connection: AsyncConnection, _: RecordCipher) -> object:
    return await connection.scalar(query)


async def end_sessions(place: DataPlace) -> None:
    """End the owner's, as when the network or the database's host cuts it off."""
    other = await asyncpg.connect(plain_url(place))
    try:
        ended = await other.fetch(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE datname = current_database() AND locktype = 'advisory' AND granted"
        )
        assert ended
    finally:
        await other.close()


async def test_a_session_that_was_cut_off_is_made_again(store: DatabaseStore, place: DataPlace) -> None:
    version, _ = await store.records()
    await end_sessions(place)
    await store.check()
    await end_sessions(place)
    await store.write(version + 1, ONE)
    with pytest.raises(DataLockedError):
        await DatabaseStore(place).open()


async def test_the_end_of_the_killed_owner_is_waited_for(store: DatabaseStore, place: DataPlace) -> None:
    heir = DatabaseStore(place)
    opening = asyncio.ensure_future(heir.open())
    await asyncio.sleep(0)
    await end_sessions(place)
    await opening
    await heir.close()


async def test_an_owner_that_was_overtaken_reads_and_writes_no_more(
    store: DatabaseStore, place: DataPlace
) -> None:
    version, records = await store.records()
    await end_sessions(place)
    heir = DatabaseStore(place)
    await heir.open()
    for call in (store.check, store.records, store.next_term, store.load_cluster):
        with pytest.raises(FencedError):
            await call()
    with pytest.raises(FencedError):
        await store.write(version + 1, ONE)
    with pytest.raises(FencedError):
        await store.save_cluster(b"stale")
    assert await heir.records() == (version, records)
    assert await heir.load_cluster() is None
    await heir.close()
    with pytest.raises(FencedError):
        await store.write(version + 1, ONE)


async def test_a_session_that_still_holds_the_lock_is_waited_for_not_fled(
    store: DatabaseStore, place: DataPlace
) -> None:
    """The owner's own former session, say, whose end the database has not noticed yet."""
    await end_sessions(place)
    ghost = await asyncpg.connect(plain_url(place))
    await ghost.execute("SELECT pg_advisory_lock($1)", int.from_bytes(b"EventRay"))
    with pytest.raises(StoreUnavailableError, match="Another session still has the data"):
        await store.check()
    await ghost.close()
    await until(lambda: is_usable(store))


async def is_usable(store: DatabaseStore) -> bool:
    try:
        await store.check()
    except StoreUnavailableError:
        return False
    return True


async def test_a_session_ends_soon_after_its_node_is_gone(store: DatabaseStore, place: DataPlace) -> None:
    """What the database does when nobody answers is set by the session itself."""
    for name, value in [("idle", "5"), ("interval", "2"), ("count", "3")]:
        query = text(f"SHOW tcp_keepalives_{name}")
        assert await store._read(partial(ask, query)) == value


async def test_a_database_that_was_away_is_found_again(mortal_server: PostgreSQL, tmp_path: Path) -> None:
    store = DatabaseStore(DataPlace(tmp_path, mortal_server.new_database()))
    await store.open()
    version, _ = await store.records()
    await asyncio.to_thread(mortal_server.stop)
    try:
        for _ in range(2):
            with pytest.raises(StoreUnavailableError, match="cannot be used"):
                await store.write(version + 1, ONE)
        with pytest.raises(StoreUnavailableError):
            await DatabaseStore(DataPlace(tmp_path, mortal_server.url("any"))).open()
    finally:
        await asyncio.to_thread(mortal_server.start)
    await store.write(version + 1, ONE)
    assert (await store.records())[0] == version + 1
    await store.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: url.replace("eventray:", "eventray:wrong"), "password authentication failed"),
        (lambda url: url.replace("eventray_", "no_"), "does not exist"),
    ],
)
async def test_a_database_that_refuses_is_told_without_its_password(
    place: DataPlace, database_server: PostgreSQL, change: object, words: str
) -> None:
    assert callable(change)
    store = DatabaseStore(DataPlace(place.data_dir, change(str(place.database))))
    with pytest.raises(StoreUnavailableError, match=words) as error:
        await store.open()
    assert database_server.password not in str(error.value)
