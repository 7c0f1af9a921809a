"""Events get to whom they should, through every gateway and shard."""

import asyncio
import json

import httpx

from eventray_core.placement.slots import slot_of
from tests.support.client import Client, Publisher
from tests.support.rig import Rig

ANNOUNCEMENT = [{"message": "hello world!"}, "New WebSocket API!", True, 100, ["L", "G", "T", "M"]]


async def test_the_announcements_batch_arrives_in_order_without_a_content_type(rig: Rig) -> None:
    body = json.dumps({"channel": "/default/messages", "events": [json.dumps(e) for e in ANNOUNCEMENT]})
    async with Client.connect_to(rig, 0) as client, httpx.AsyncClient(trust_env=False) as http:
        subscription = await client.subscribe("/default/*")
        request = http.build_request(
            "POST", rig.url(0), content=body.encode(), headers={"x-api-key": rig.api_key}
        )
        request.headers.pop("content-type", None)
        answer = await http.send(request)
        assert answer.status_code == 200
        assert [item["index"] for item in answer.json()["successful"]] == [0, 1, 2, 3, 4]
        assert answer.json()["failed"] == []
        assert await client.until_events(subscription, 5) == ANNOUNCEMENT


async def test_an_eventbridge_destination_may_publish(rig: Rig) -> None:
    detail = {"channel": "default/orders", "events": ['{"order":1}']}
    headers = {"x-api-key": rig.api_key, "content-type": "application/json; charset=utf-8"}
    headers["user-agent"] = "Amazon/EventBridge/ApiDestinations"
    async with Client.connect_to(rig, 1) as client, httpx.AsyncClient(trust_env=False) as http:
        subscription = await client.subscribe("/default/orders")
        answer = await http.post(rig.url(0), json=detail, headers=headers)
        assert answer.status_code == 200
        assert await client.until_events(subscription, 1) == [{"order": 1}]


async def test_exact_and_wildcard_subscribers_hear_on_every_gateway(rig: Rig) -> None:
    patterns = ["/default/a/b/c", "/default/a/b/*", "/default/a/*", "/default/*"]
    async with (
        Client.connect_to(rig, 0) as near,
        Client.connect_to(rig, 1) as far,
        Publisher(rig.url(0), rig.api_key) as publisher,
    ):
        for client in (near, far):
            for pattern in patterns:
                await client.subscribe(pattern, f"id-{patterns.index(pattern)}")
            await client.subscribe("/default/a/b", "other")
        await publisher.publish("/default/a/b/c", "heard")
        await publisher.publish("/default/a/b", "end")
        for client in (near, far):
            assert await client.until_events("other", 1) == ["end"]
            assert await client.until_events("id-0", 1) == ["heard"]
            # `/default/a/b/*` is not for `/default/a/b` itself.
            assert await client.until_events("id-1", 1) == ["heard"]
            assert await client.until_events("id-2", 2) == ["heard", "end"]
            # Channels in two slots, so from two shards: no order between them.
            assert sorted(await client.until_events("id-3", 2)) == ["end", "heard"]


async def test_a_thousand_channels_spread_over_all_shards(rig: Rig) -> None:
    assert rig.directory is not None
    view = rig.gateways[0].view
    channels = [f"/default/room-{n}" for n in range(1000)]
    owners = {view.slots[slot_of(rig.api_id + channel)].owner for channel in channels}
    assert owners == set(view.shards)
    async with Client.connect_to(rig, 1) as client, Publisher(rig.url(0), rig.api_key) as publisher:
        subscription = await client.subscribe("/default/*")
        for first in range(0, 1000, 50):
            batch = channels[first : first + 50]
            await asyncio.gather(*(publisher.publish(channel, channel) for channel in batch))
        heard = await client.until_events(subscription, 1000)
        assert sorted(heard) == sorted(channels)
    for shard in rig.shards:
        assert (await shard.status())["publishes"] > 200


async def test_sequential_publishes_keep_their_order_while_others_come_and_go(rig: Rig) -> None:
    count = 1000
    async with (
        Client.connect_to(rig, 0) as near,
        Client.connect_to(rig, 1) as far,
        Client.connect_to(rig, 1) as restless,
        Publisher(rig.url(1), rig.api_key) as publisher,
    ):
        subscriptions = [(near, await near.subscribe("/default/o")), (far, await far.subscribe("/default/*"))]

        async def come_and_go() -> None:
            while True:
                await restless.unsubscribe(await restless.subscribe("/default/o"))

        coming_and_going = asyncio.get_running_loop().create_task(come_and_go())
        for number in range(count):
            assert (await publisher.publish("/default/o", number)).status_code == 200
        coming_and_going.cancel()
        for client, subscription in subscriptions:
            assert await client.until_events(subscription, count) == list(range(count))
    check_lives(restless)


def check_lives(client: Client) -> None:
    """Each subscription's events are without a gap, and none comes outside its life."""
    alive: set[str] = set()
    for frame in client.frames:
        match frame["type"]:
            case "subscribe_success":
                alive.add(frame["id"])
            case "unsubscribe_success":
                alive.remove(frame["id"])
            case "data":
                assert frame["id"] in alive
    for id_ in {frame["id"] for frame in client.of_type("data")}:
        heard = client.events(id_)
        assert heard == list(range(heard[0], heard[0] + len(heard)))


async def test_nothing_precedes_success_and_nothing_is_missed_after_it(rig: Rig) -> None:
    async with Client.connect_to(rig, 0) as client, Publisher(rig.url(1), rig.api_key) as publisher:
        sent = 0

        async def publish_for_ever() -> None:
            nonlocal sent
            while True:
                await publisher.publish("/default/live", sent)
                sent += 1

        publishing = asyncio.get_running_loop().create_task(publish_for_ever())
        for _ in range(30):
            before = sent
            subscription = await client.subscribe("/default/live")
            first = (await client.until_events(subscription, 3))[0]
            await client.unsubscribe(subscription)
            heard = client.events(subscription)
            assert heard == list(range(first, first + len(heard)))
            # At most the publish that was under way may be from before.
            assert first >= before
            position = client.frames.index({"id": subscription, "type": "subscribe_success"})
            assert all(f.get("id") != subscription for f in client.frames[:position])
        publishing.cancel()


async def test_a_shard_that_joins_takes_its_share_and_loses_nothing(rig: Rig) -> None:
    async with Client.connect_to(rig, 0) as client, Publisher(rig.url(1), rig.api_key) as publisher:
        wide = await client.subscribe("/default/*")
        exact = await client.subscribe("/default/c-7")
        rig.start_shard()
        sent = 0
        while len(rig.gateways[1].view.shards) < 4 or not (await rig.shards[3].status())["openSlots"]:
            assert (await publisher.publish(f"/default/c-{sent % 50}", sent)).status_code == 200
            sent += 1
        await rig.until_ready()
        for _ in range(100):
            assert (await publisher.publish(f"/default/c-{sent % 50}", sent)).status_code == 200
            sent += 1
        assert sorted(await client.until_events(wide, sent)) == list(range(sent))
        sevens = [number for number in range(sent) if number % 50 == 7]
        assert await client.until_events(exact, len(sevens)) == sevens
    assert {(await shard.status())["openSlots"] for shard in rig.shards} == {256}
