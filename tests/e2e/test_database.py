"""A service on PostgreSQL: what goes on while the database is away, and who ends when two want it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.ports import DataLockedError
from tests.support.client import Client, Publisher
from tests.support.postgresql import PostgreSQL, postgresql
from tests.support.rig import Rig, running, until


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture
async def rig(server: PostgreSQL, tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path, gateways=1, database=server.new_database()) as rig:
        yield rig


async def test_events_flow_while_the_database_is_away(rig: Rig, server: PostgreSQL) -> None:
    async with Client.connect_to(rig, 0) as client, Publisher(rig.url(), rig.api_key) as publisher:
        subscription = await client.subscribe("/default/*")
        await asyncio.to_thread(server.stop)
        try:
            assert (await publisher.publish("/default/a", 1)).status_code == 200
            joining = asyncio.ensure_future(rig.start_gateway())
            later = await client.subscribe("/default/late")
            assert (await publisher.publish("/default/late", 2)).status_code == 200
            assert await client.until_events(later, 1) == [2]
        finally:
            await asyncio.to_thread(server.start)
        await joining
        await rig.until_ready()
        assert (await publisher.publish("/default/a", 3)).status_code == 200
        assert await client.until_events(subscription, 3) == [1, 2, 3]


async def test_a_directory_whose_data_another_one_has_ends(rig: Rig, server: PostgreSQL) -> None:
    directory = rig.directory
    assert directory is not None
    await asyncio.to_thread(
        server.execute,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename IS NOT NULL"
        " AND pid <> pg_backend_pid()",
    )
    heir = DatabaseStore(DataPlace(rig.data_dir, rig.database))
    await until(lambda: is_opened(heir))
    await until(lambda: has_ended(rig))
    rig.directory = None
    await heir.close()
    rig.start_directory()
    await rig.until_ready()
    async with Publisher(rig.url(), rig.api_key) as publisher:
        assert (await publisher.publish("/default/a", 1)).status_code == 200


async def is_opened(store: DatabaseStore) -> bool:
    try:
        await store.open()
    except DataLockedError:
        return False
    return True


async def has_ended(rig: Rig) -> bool:
    """A directory that has ended gives nobody an address to dial."""
    assert rig.directory is not None
    host, port = (await rig.directory.link_address()).rsplit(":", 1)
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except ConnectionRefusedError:
        return True
    writer.close()
    return False
