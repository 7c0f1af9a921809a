"""Several APIs at once: how each is reached, and that none learns anything of another."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.client import Client, Publisher
from tests.support.management import Management, appsync
from tests.support.rig import Rig, running, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Made:
    """An API with the namespace `news` and a key."""

    id: str
    key: str
    hosts: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory, database: str | None) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=2, database=database) as rig:
        yield rig


@pytest.fixture(scope="module")
def manage(service: Rig) -> Management:
    return Management(appsync(service))


async def make(manage: Management) -> Made:
    """Two of these are alike in all but their ids."""
    api_id = await manage.new_api("twin")
    await manage.create_channel_namespace(apiId=api_id, name="news")
    api = (await manage.get_api(apiId=api_id))["api"]
    return Made(api_id, await manage.new_key(api_id), api["dns"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def twins(manage: Management) -> tuple[Made, Made]:
    return await make(manage), await make(manage)


async def post(service: Rig, path: str, host: str, key: str, channel: str = "/news/a") -> httpx.Response:
    body = json.dumps({"channel": channel, "events": ["1"]})
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"{service.control_url()}{path}"
        return await http.post(url, content=body, headers={"host": host, "x-api-key": key})


async def connect(service: Rig, api: Made, gateway: int, key: str = "") -> Client:
    url = f"ws://{service.addresses[gateway]}/apis/{api.id}/event/realtime"
    return await Client.connect(url, key or api.key)


async def test_an_api_is_reached_by_each_of_its_names(service: Rig, twins: tuple[Made, Made]) -> None:
    for api, other in (twins, reversed(twins)):
        dns_id = api.hosts["HTTP"].partition(".")[0]
        for path, host in (
            ("/event", api.hosts["HTTP"]),
            ("/event", api.hosts["REALTIME"]),
            ("/event", f"{api.id}.appsync-api.us-east-1.localhost"),
            ("/event", f"{dns_id}.localhost:8080"),
            ("/event", f"{api.id}.example.com"),
            (f"/apis/{api.id}/event", "localhost"),
            (f"/apis/{api.id}/event", other.hosts["HTTP"]),
        ):
            assert (await post(service, path, host, api.key)).status_code == 200, (path, host)
            assert (await post(service, path, host, other.key)).status_code == 401, (path, host)


async def test_any_other_name_is_the_oldest_apis(service: Rig, twins: tuple[Made, Made]) -> None:
    for host in ("localhost", "127.0.0.1:8080", "events.example.com"):
        assert (await post(service, "/event", host, service.api_key, "/default/a")).status_code == 200
        assert (await post(service, "/event", host, twins[0].key, "/default/a")).status_code == 401
    nobody = await post(service, "/event", "nobody.appsync-api.us-east-1.localhost", service.api_key)
    assert nobody.status_code == 401


async def test_events_stay_in_their_api(service: Rig, twins: tuple[Made, Made]) -> None:
    one, two = twins
    async with (
        await connect(service, one, 0) as of_one,
        await connect(service, two, 0) as of_two,
        await connect(service, two, 1) as also_of_two,
    ):
        clients = (of_one, of_two, also_of_two)
        for client in clients:
            for id_, channel in (("exact", "/news/a"), ("deep", "/news/a/*"), ("wide", "/news/*")):
                await client.subscribe(channel, id_)
        for number, api in enumerate((one, two), start=1):
            for gateway in (0, 1):
                async with Publisher(service.api_url(api.id, gateway), api.key) as publisher:
                    for channel in ("/news/a", "/news/a/b"):
                        assert (await publisher.publish(channel, number)).status_code == 200
        assert (await of_one.publish("/news/a", 3))["type"] == "publish_success"
        assert (await of_two.publish("/news/a", 4))["type"] == "publish_success"
        # An event that was to come has come before the answer to a later publish on its channel.
        for client, own, last in ((of_one, 1, 3), (of_two, 2, 4), (also_of_two, 2, 4)):
            await client.until_events("exact", 3)
            await client.until_events("wide", 5)
            assert client.events("exact") == [own, own, last]
            assert client.events("deep") == [own, own]
            assert sorted(client.events("wide")) == [own] * 4 + [last]


async def test_keys_open_their_own_api_only(service: Rig, twins: tuple[Made, Made]) -> None:
    one, two = twins
    async with await connect(service, one, 0, two.key) as client:
        await client.send({"type": "connection_init"})
        await client.until(lambda: client.of_type("connection_error"))
    async with await connect(service, one, 0) as client:
        authorization = {"x-api-key": two.key, "host": two.hosts["HTTP"]}
        asked: dict[str, Any] = {"id": "x", "channel": "/news/a", "authorization": authorization}
        for kind, more in (("subscribe", {}), ("publish", {"events": ["1"]})):
            answer = await client.ask({"type": kind, **asked, **more})
            assert answer["type"] == f"{kind}_error"
            assert answer["errors"][0]["errorType"] == "UnauthorizedException"


async def numbers_of(service: Rig, api_id: str) -> dict[str, float]:
    """What all gateways together tell of an API."""
    found: defaultdict[str, float] = defaultdict(float)
    async with httpx.AsyncClient(trust_env=False) as http:
        for gateway in range(len(service.gateways)):
            text = (await http.get(f"{service.control_url(gateway)}/metrics")).text
            pattern = rf'^eventray_api_(\w+){{api_id="{api_id}"(,type="\w+")?}} (.+)$'
            for name, error_type, number in re.findall(pattern, text, re.MULTILINE):
                found[name + error_type] += float(number)
    return dict(found)


async def until_told(service: Rig, api_id: str, **wanted: float) -> dict[str, float]:
    """Wait for numbers of an API; returns all of them."""
    numbers: dict[str, float] = {}

    async def are_told() -> bool:
        nonlocal numbers
        numbers = await numbers_of(service, api_id)
        return wanted.items() <= numbers.items()

    await until(are_told)
    return numbers


async def test_each_has_its_own_metrics_for_as_long_as_it_is_there(service: Rig, manage: Management) -> None:
    one, two = await make(manage), await make(manage)
    async with await connect(service, one, 0) as of_one, await connect(service, two, 1) as of_two:
        for client in (of_one, of_two):
            await client.subscribe("/news/*", "news")
        for gateway in (0, 1):
            assert (await post(service, "/event", one.hosts["HTTP"], one.key)).status_code == 200
            async with Publisher(service.api_url(one.id, gateway), one.key) as publisher:
                assert (await publisher.publish("/news/a", 1, 2)).status_code == 200
        assert (await of_one.publish("/nowhere/a", 1))["type"] == "publish_error"
        assert (await post(service, "/event", one.hosts["HTTP"], two.key)).status_code == 401
        assert await of_one.until_events("news", 6)
        # The last thing of each that is counted tells that all is.
        assert (await post(service, "/event", two.hosts["HTTP"], one.key)).status_code == 401
        assert await until_told(
            service, one.id, broadcast_event_success_total=6, publish_requests_total=5
        ) == {
            "connect_success_total": 1,
            "publish_requests_total": 5,
            "published_events_total": 6,
            "published_event_bytes_total": 6 * len('"1"'),
            "broadcast_event_success_total": 6,
            "active_connections": 1,
            "active_subscriptions": 1,
            'errors_total,type="UnauthorizedException"': 2,
        }
        assert await until_told(service, two.id, publish_requests_total=1) == {
            "connect_success_total": 1,
            "publish_requests_total": 1,
            "published_events_total": 0,
            "published_event_bytes_total": 0,
            "broadcast_event_success_total": 0,
            "active_connections": 1,
            "active_subscriptions": 1,
            'errors_total,type="UnauthorizedException"': 1,
        }
        await manage.delete_api(apiId=one.id)
        await of_one.until_closed()

        async def is_forgotten() -> bool:
            return not await numbers_of(service, one.id)

        await until(is_forgotten)
        assert (await numbers_of(service, two.id))["active_connections"] == 1


async def test_errors_look_the_same_whatever_another_api_has(
    service: Rig, manage: Management, twins: tuple[Made, Made]
) -> None:
    one, two = twins
    await manage.create_channel_namespace(apiId=one.id, name="secret")
    there = await post(service, "/event", two.hosts["HTTP"], two.key, "/secret/a")
    nowhere = await post(service, "/event", two.hosts["HTTP"], two.key, "/nowhere/a")
    assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
    foreign = await post(service, "/event", two.hosts["HTTP"], one.key)
    invented = await post(service, "/event", two.hosts["HTTP"], "da2-invented")
    assert (foreign.status_code, foreign.content) == (invented.status_code, invented.content)


async def test_ones_changes_are_nothing_to_the_other(service: Rig, manage: Management) -> None:
    one, two = await make(manage), await make(manage)
    async with await connect(service, two, 1) as client:
        await client.subscribe("/news/*", "news")
        await manage.delete_channel_namespace(apiId=one.id, name="news")
        await manage.delete_api_key(apiId=one.id, id=one.key)
        await manage.delete_api(apiId=one.id)
        async with Publisher(service.api_url(two.id), two.key) as publisher:
            assert (await publisher.publish("/news/a", 1)).status_code == 200
        assert await client.until_events("news", 1) == [1]
        assert client.of_type("error") == []
        listed = (await manage.list_api_keys(apiId=two.id))["apiKeys"]
        assert [key["id"] for key in listed] == [two.key]


async def test_one_cannot_name_anothers_things(manage: Management, twins: tuple[Made, Made]) -> None:
    one, two = twins
    not_found = manage.client.exceptions.NotFoundException
    with pytest.raises(not_found):
        await manage.delete_api_key(apiId=one.id, id=two.key)
    await asyncio.gather(manage.get_api(apiId=one.id), manage.get_api(apiId=two.id))
    assert [k["id"] for k in (await manage.list_api_keys(apiId=two.id))["apiKeys"]] == [two.key]
