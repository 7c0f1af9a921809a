"""A service on PostgreSQL: what goes on while the database is away, and who ends when two want it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.ports import DataLockedError
from tests.support.client import Client, Publisher
from tests.support.management import EVENT_CONFIG
from tests.support.postgresql import PostgreSQL, postgresql
from tests.support.rig import Rig, running, until
from tests.support.served import serving
from tests.support.signed_http import SignedHttp

CREATE = json.dumps({"name": "made", "eventConfig": EVENT_CONFIG}).encode()

END_ALL_SESSIONS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE usename IS NOT NULL AND pid <> pg_backend_pid()"
)


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


async def test_management_waits_for_the_database_and_nothing_is_done_behind_its_back(
    rig: Rig, server: PostgreSQL
) -> None:
    async with SignedHttp(rig) as admin:
        before = (await admin.ask("GET", "/v2/apis")).json()
        await asyncio.to_thread(server.stop)
        try:
            for method, path, body in (("GET", "/v2/apis", b""), ("POST", "/v2/apis", CREATE)):
                answer = await admin.ask(method, path, body)
                assert answer.status_code == 503, answer.text
                assert answer.headers["x-amzn-errortype"] == "ServiceUnavailableException"
                assert answer.json()["message"]
        finally:
            await asyncio.to_thread(server.start)

        async def is_answered() -> bool:
            return (await admin.ask("GET", "/v2/apis")).status_code == 200

        await until(is_answered)
        assert (await admin.ask("GET", "/v2/apis")).json() == before
        assert (await admin.ask("POST", "/v2/apis", CREATE)).status_code == 200
        assert len((await admin.ask("GET", "/v2/apis")).json()["apis"]) == len(before["apis"]) + 1


async def test_a_directory_whose_data_another_one_has_ends(rig: Rig, server: PostgreSQL) -> None:
    directory = rig.directory
    assert directory is not None
    heir = DatabaseStore(DataPlace(rig.data_dir, rig.database))
    await until(lambda: takes_over(server, heir))
    await until(lambda: has_ended(rig))
    rig.directory = None
    await heir.close()
    rig.start_directory()
    await rig.until_ready()
    async with Publisher(rig.url(), rig.api_key) as publisher:
        assert (await publisher.publish("/default/a", 1)).status_code == 200


async def takes_over(server: PostgreSQL, store: DatabaseStore) -> bool:
    """Open the data as soon as their owner has lost its session, unless it is back more quickly."""
    await asyncio.to_thread(server.execute, END_ALL_SESSIONS)
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


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_an_overtaken_directory_on_ray_ends_and_comes_back_when_the_data_are_free(
    server: PostgreSQL,
) -> None:
    url = server.new_database()
    with serving("--database", url) as served:
        before = await served.pid("namespace-directory")
        heir = DatabaseStore(DataPlace(served.folder / "data", url))
        await until(lambda: takes_over(server, heir))
        await until(lambda: is_gone(before))
        await heir.close()
        await served.until_complete(1, 2)
        assert await served.pid("namespace-directory") != before
        async with Publisher(served.url(), served.api_key) as publisher:
            assert (await publisher.publish("/default/a", 1)).status_code == 200


async def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid)
