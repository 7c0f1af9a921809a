"""What a change of the configuration does, on every gateway, to who is connected."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.control.records import ApiKeyRecord
from tests.support.client import Client, Frame, Publisher
from tests.support.management import BY_KEY, EVENT_CONFIG, Management, appsync
from tests.support.rig import Rig, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_IAM = [{"authType": "AWS_IAM"}]
GOING_AWAY = 1001
POLICY_VIOLATION = 1008


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory, database: str | None) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=2, database=database) as rig:
        yield rig


@pytest.fixture(scope="module")
def manage(service: Rig) -> Management:
    return Management(appsync(service))


@pytest_asyncio.fixture(loop_scope="module")
async def api(service: Rig, manage: Management) -> AsyncIterator[str]:
    """An API with the namespaces `news` and `chat`."""
    api_id = await manage.new_api()
    for name in ("news", "chat"):
        await manage.create_channel_namespace(apiId=api_id, name=name)
    yield api_id
    if any(api["apiId"] == api_id for api in (await manage.list_apis())["apis"]):
        await manage.delete_api(apiId=api_id)


async def connect(service: Rig, api_id: str, key: str, gateway: int = 0) -> Client:
    url = f"ws://{service.addresses[gateway]}/apis/{api_id}/event/realtime"
    client = await Client.connect(url, key)
    await client.send({"type": "connection_init"})
    await client.until(lambda: client.of_type("connection_ack", "connection_error"))
    return client


async def errors_of(client: Client) -> list[Frame]:
    """Messages of type `error`, once there are some."""
    await client.until(lambda: client.of_type("error"))
    return client.of_type("error")


async def publish(service: Rig, api_id: str, key: str, gateway: int = 0, channel: str = "/news/a") -> Any:
    async with Publisher(service.api_url(api_id, gateway), key) as publisher:
        return await publisher.publish(channel, 1)


async def test_a_key_works_everywhere_when_it_is_returned_and_nowhere_when_it_is_deleted(
    service: Rig, manage: Management, api: str
) -> None:
    for _ in range(10):
        key = await manage.new_key(api)
        assert [(await publish(service, api, key, g)).status_code for g in (0, 1)] == [200, 200]
        await manage.delete_api_key(apiId=api, id=key)
        assert [(await publish(service, api, key, g)).status_code for g in (0, 1)] == [401, 401]


async def test_who_came_with_a_key_goes_with_it(service: Rig, manage: Management, api: str) -> None:
    gone, kept = await manage.new_key(api), await manage.new_key(api)
    async with (
        await connect(service, api, gone, 0) as first,
        await connect(service, api, gone, 1) as second,
        await connect(service, api, kept) as other,
    ):
        subscription = await other.subscribe("/news/*")
        await manage.delete_api_key(apiId=api, id=gone)
        for client in (first, second):
            await client.until_closed()
            assert client.socket.close_code == POLICY_VIOLATION
        assert (await publish(service, api, kept)).status_code == 200
        assert await other.until_events(subscription, 1) == [1]
    async with await connect(service, api, gone) as again:
        [error] = again.of_type("connection_error")
        assert error["errors"][0]["errorCode"] == 401


async def test_a_subscription_made_with_another_key_ends_alone(
    service: Rig, manage: Management, api: str
) -> None:
    gone, kept = await manage.new_key(api), await manage.new_key(api)
    async with await connect(service, api, kept) as client:
        stays = await client.subscribe("/news/*", "stays")
        client.key = gone
        await client.subscribe("/news/a", "ends")
        await manage.delete_api_key(apiId=api, id=gone)
        await client.until(lambda: client.of_type("error"))
        [error] = client.of_type("error")
        assert (error["id"], error["errors"][0]["errorType"]) == ("ends", "UnauthorizedException")
        await publish(service, api, kept)
        assert await client.until_events(stays, 1) == [1]
        assert client.events("ends") == []


async def test_an_expired_key_takes_its_connections_along(tmp_path: Path) -> None:
    """The management API makes no key that is good for less than a day, so it comes by way of the store."""
    async with running(tmp_path) as rig:
        api_id = rig.api_id
    store = DatabaseStore(DataPlace(tmp_path))
    await store.open()
    version, _ = await store.records()
    expires = int(time.time()) + 4
    record = ApiKeyRecord(
        api_id=api_id, id="da2-short", created=time.time(), expires=expires, deletes=expires
    )
    await store.write(version + 1, [record.put()])
    await store.close()
    async with running(tmp_path) as rig, await connect(rig, api_id, "da2-short") as client:
        await client.subscribe("/default/*")
        await client.until_closed()
        assert client.socket.close_code == POLICY_VIOLATION
        assert expires <= time.time() < expires + 3
        assert (await publish(rig, api_id, "da2-short", channel="/default/a")).status_code == 401


async def test_a_namespaces_subscriptions_end_with_it_and_no_others(
    service: Rig, manage: Management, api: str
) -> None:
    key = await manage.new_key(api)
    async with await connect(service, api, key) as first, await connect(service, api, key, 1) as second:
        await first.subscribe("/news/*", "news")
        await second.subscribe("/news/a", "news")
        chats = [await client.subscribe("/chat/*", "chat") for client in (first, second)]
        await manage.delete_channel_namespace(apiId=api, name="news")
        for client in (first, second):
            [error] = await errors_of(client)
            assert (error["id"], error["errors"][0]["errorType"]) == ("news", "UnauthorizedException")
        answer = await publish(service, api, key, 1)
        assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "UnauthorizedException")
        assert (await publish(service, api, key, channel="/chat/a")).status_code == 200
        for client, chat in zip((first, second), chats, strict=True):
            assert await client.until_events(chat, 1) == [1]
        refused = await first.ask(
            {"type": "subscribe", "id": "news", "channel": "/news/*", "authorization": {"x-api-key": key}}
        )
        assert refused["type"] == "subscribe_error"
        await manage.create_channel_namespace(apiId=api, name="news")
        await first.subscribe("/news/*", "news")
        assert (await publish(service, api, key, 1)).status_code == 200
        assert await first.until_events("news", 1) == [1]
        assert second.events("news") == []


async def test_connections_end_with_their_api(service: Rig, manage: Management, api: str) -> None:
    key = await manage.new_key(api)
    async with (
        await connect(service, api, key) as first,
        await connect(service, api, key, 1) as second,
        Client.connect_to(service) as other,
    ):
        await first.subscribe("/news/*")
        stays = await other.subscribe("/default/*")
        await manage.delete_api(apiId=api)
        for client in (first, second):
            await client.until_closed()
            assert client.socket.close_code == GOING_AWAY
        assert (await publish(service, api, key)).status_code == 401
        async with Publisher(service.url(), service.api_key) as publisher:
            assert (await publisher.publish("/default/a", 1)).status_code == 200
        assert await other.until_events(stays, 1) == [1]


async def test_a_mode_that_is_withdrawn_takes_along_what_it_let_in(
    service: Rig, manage: Management, api: str
) -> None:
    config = {**EVENT_CONFIG, "authProviders": BY_KEY + BY_IAM}
    key = await manage.new_key(api)
    await manage.update_api(apiId=api, name="made", eventConfig=config)
    async with await connect(service, api, key) as client:
        await client.subscribe("/news/*", "news")
        await manage.update_channel_namespace(apiId=api, name="news", subscribeAuthModes=BY_IAM)
        await client.until(lambda: client.of_type("error"))
        assert [frame["id"] for frame in client.of_type("error")] == ["news"]
        await client.subscribe("/chat/*")
        closed = {**config, "connectionAuthModes": BY_IAM}
        await manage.update_api(apiId=api, name="made", eventConfig=closed)
        await client.until_closed()
        assert client.socket.close_code == POLICY_VIOLATION


async def test_changes_that_take_nothing_away_are_not_noticed(
    service: Rig, manage: Management, api: str
) -> None:
    key = await manage.new_key(api)
    async with await connect(service, api, key) as client:
        subscription = await client.subscribe("/news/*")
        await manage.update_api(apiId=api, name="renamed", eventConfig=EVENT_CONFIG, ownerContact="somebody")
        await manage.create_channel_namespace(apiId=api, name="more")
        await manage.update_channel_namespace(apiId=api, name="news")
        await manage.new_key(api)
        assert (await publish(service, api, key, 1)).status_code == 200
        assert await client.until_events(subscription, 1) == [1]
        assert client.of_type("error") == []
