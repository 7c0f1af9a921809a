"""What every `DirectoryStore` promises to the directory."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from eventray_cluster.store.opening import OpenStoreAt
from eventray_core.ports import DataLockedError, DirectoryStore, OpenStore


@pytest.fixture(params=["sqlite"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    makers: dict[str, Callable[[], OpenStore]] = {"sqlite": lambda: OpenStoreAt(tmp_path / "data")}
    return makers[request.param]()


@pytest.fixture
async def store(make_store: OpenStore) -> AsyncIterator[DirectoryStore]:
    store = make_store()
    await store.open()
    yield store
    await store.close()


async def test_opening_twice_is_opening_once(store: DirectoryStore) -> None:
    before = await store.configuration()
    await store.open()
    assert await store.configuration() == before


async def test_the_data_have_one_owner(store: DirectoryStore, make_store: OpenStore) -> None:
    other = make_store()
    with pytest.raises(DataLockedError):
        await other.open()
    await store.close()
    await other.open()
    await other.close()


async def test_the_first_start_makes_what_later_starts_find(
    store: DirectoryStore, make_store: OpenStore
) -> None:
    version, apis = await store.configuration()
    administrator = await store.administrator_key()
    assert version >= 1
    assert [list(api.namespaces) for api in apis] == [["default"]]
    assert [len(api.api_keys) for api in apis] == [1]
    await store.close()
    later = make_store()
    await later.open()
    assert await later.configuration() == (version, apis)
    assert await later.administrator_key() == administrator
    await later.close()


async def test_a_term_is_never_given_twice(store: DirectoryStore, make_store: OpenStore) -> None:
    terms = [await store.next_term(), await store.next_term()]
    await store.close()
    later = make_store()
    await later.open()
    terms.append(await later.next_term())
    await later.close()
    assert terms == sorted(set(terms))


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
