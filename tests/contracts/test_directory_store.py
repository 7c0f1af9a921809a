"""What every `DirectoryStore` promises to the directory."""

import asyncio
import pickle
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from eventray_cluster.store.opening import OpenStoreAt
from eventray_cluster.store.place import DataPlace
from eventray_core.control.facts import Facts
from eventray_core.control.records import Change, Kind, Put, Remove
from eventray_core.control.state import ControlState
from eventray_core.ports import DataLockedError, DirectoryStore, OpenStore, VersionConflictError
from tests.support.postgresql import PostgreSQL


@pytest.fixture(params=["sqlite", "postgresql"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    if request.param == "sqlite":
        return OpenStoreAt(DataPlace(tmp_path / "data"))
    server: PostgreSQL = request.getfixturevalue("database_server")
    return OpenStoreAt(DataPlace(tmp_path / "data", server.new_database()))


@pytest.fixture
async def store(make_store: OpenStore) -> AsyncIterator[DirectoryStore]:
    store = make_store()
    await store.open()
    yield store
    await store.close()


def of_kind(records: list[Put], kind: Kind) -> dict[str, bytes]:
    return {put.key: put.body for put in records if put.kind is kind}


async def test_opening_twice_is_opening_once(store: DirectoryStore) -> None:
    before = await store.records()
    await store.open()
    assert await store.records() == before


async def test_the_data_have_one_owner(store: DirectoryStore, make_store: OpenStore) -> None:
    other = make_store()
    with pytest.raises(DataLockedError, match="Another process"):
        await other.open()
    await store.close()
    await other.open()
    await other.close()


async def test_the_first_start_makes_what_later_starts_find(
    store: DirectoryStore, make_store: OpenStore
) -> None:
    version, records = await store.records()
    assert version >= 1
    state = ControlState(Facts())
    state.load(records)
    assert [[*api.namespaces] for api in state.projections()] == [["default"]]
    assert [len(api.api_keys) for api in state.projections()] == [1]
    await store.close()
    later = make_store()
    await later.open()
    assert await later.records() == (version, records)
    await later.close()


async def test_a_term_is_never_given_twice(store: DirectoryStore, make_store: OpenStore) -> None:
    terms = [await store.next_term(), await store.next_term()]
    await store.close()
    later = make_store()
    await later.open()
    terms.append(await later.next_term())
    await later.close()
    assert terms == sorted(set(terms))


async def test_what_is_written_is_found_again(store: DirectoryStore, make_store: OpenStore) -> None:
    version, before = await store.records()
    changes: list[Change] = [
        Put(Kind.STACK, "one", b'{"a":1}'),
        Put(Kind.CERTIFICATE, "two", b"\x00any bytes\xff"),
        Put(Kind.CERTIFICATE, "three", b""),
    ]
    await store.write(version + 1, changes)
    await store.write(version + 2, [Put(Kind.STACK, "one", b"other"), Remove(Kind.CERTIFICATE, "three")])
    await store.write(version + 3, [])
    await store.close()
    later = make_store()
    await later.open()
    now, records = await later.records()
    await later.close()
    assert now == version + 3
    assert of_kind(records, Kind.STACK) == {"one": b"other"}
    assert of_kind(records, Kind.CERTIFICATE) == {"two": b"\x00any bytes\xff"}
    assert [put for put in records if put in before] == before


async def test_of_changes_of_one_record_the_last_counts(store: DirectoryStore) -> None:
    version, _ = await store.records()
    one, two = Put(Kind.STACK, "one", b"1"), Put(Kind.STACK, "two", b"1")
    again = Put(Kind.STACK, "two", b"2")
    await store.write(version + 1, [one, Remove(Kind.STACK, "one"), Remove(Kind.STACK, "two"), two, again])
    _, records = await store.records()
    assert of_kind(records, Kind.STACK) == {"two": b"2"}


async def test_a_record_that_is_not_there_may_be_removed(store: DirectoryStore) -> None:
    version, before = await store.records()
    await store.write(version + 1, [Remove(Kind.STACK, "none")])
    assert await store.records() == (version + 1, before)


@pytest.mark.parametrize("step", [0, 2, -1])
async def test_a_change_for_another_configuration_changes_nothing(store: DirectoryStore, step: int) -> None:
    before = await store.records()
    with pytest.raises(VersionConflictError):
        await store.write(before[0] + step, [Put(Kind.STACK, "one", b"1")])
    assert await store.records() == before


async def test_thousands_of_records_are_written_at_once(store: DirectoryStore) -> None:
    version, _ = await store.records()
    many: list[Change] = [Put(Kind.CHANNEL_NAMESPACE, f"api/{n}", b"{}") for n in range(2_500)]
    await store.write(version + 1, many)
    _, records = await store.records()
    assert len([put for put in records if put.key.startswith("api/")]) == 2_500


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 3, 5, 8])
async def test_a_write_whose_caller_is_cancelled_is_whole_or_not_there(
    store: DirectoryStore, make_store: OpenStore, milliseconds: int
) -> None:
    version, before = await store.records()
    changes: list[Change] = [Put(Kind.STACK, "one", b"1"), Put(Kind.CERTIFICATE, "two", b"2")]
    writing = asyncio.ensure_future(store.write(version + 1, changes))
    await asyncio.sleep(milliseconds / 1000)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await store.close()
    later = make_store()
    await later.open()
    now, records = await later.records()
    await later.close()
    assert now in (version, version + 1)
    assert [put for put in records if put not in before] == ([] if now == version else changes[::-1])


async def test_the_cluster_state_is_found_again(store: DirectoryStore, make_store: OpenStore) -> None:
    assert await store.load_cluster() is None
    await store.save_cluster(b"\x00first")
    await store.save_cluster(b"\x00second")
    assert await store.load_cluster() == b"\x00second"
    await store.close()
    later = make_store()
    await later.open()
    assert await later.load_cluster() == b"\x00second"
    await later.close()


async def test_an_empty_cluster_state_is_not_none(store: DirectoryStore) -> None:
    await store.save_cluster(b"")
    assert await store.load_cluster() == b""


async def test_a_state_of_a_thousand_members_is_kept(store: DirectoryStore) -> None:
    state = bytes(range(256)) * 4_096
    await store.save_cluster(state)
    assert await store.load_cluster() == state


async def test_the_factory_reaches_another_process_and_shows_no_secret(tmp_path: Path) -> None:
    factory = OpenStoreAt(DataPlace(tmp_path, "postgresql://u:hidden-word@h/d", b"k" * 32))
    assert pickle.loads(pickle.dumps(factory)) == factory
    assert "hidden-word" not in repr(factory) and "kkkk" not in repr(factory)
