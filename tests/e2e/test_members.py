"""Members come, go and come back; in one process, so that the moment can be chosen."""

import asyncio
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from eventray_cluster.store.repository import DatabaseStore
from tests.support.client import Client, Publisher
from tests.support.rig import Rig, until


async def test_a_new_directory_finds_the_members_of_the_old_one(rig: Rig) -> None:
    assert rig.directory is not None
    async with Client.connect_to(rig, 0) as client, Publisher(rig.url(1), rig.api_key) as publisher:
        subscription = await client.subscribe("/default/*")
        epoch = rig.gateways[0].view.epoch
        members: list[Any] = [*rig.gateways, *rig.shards]
        lives = [(await member.status())["incarnation"] for member in members]
        old, rig.directory = rig.directory, None
        await old.stop()
        for number in range(20):
            assert (await publisher.publish(f"/default/{number}", number)).status_code == 200
        rig.start_directory()
        await rig.until_ready()
        for number in range(20, 40):
            assert (await publisher.publish(f"/default/{number}", number)).status_code == 200
        assert sorted(await client.until_events(subscription, 40)) == list(range(40))
        assert [(await member.status())["incarnation"] for member in members] == lives
        assert rig.gateways[0].view.epoch >= epoch


async def test_without_a_directory_for_a_lease_connections_close_and_publishing_ends(
    rig: Rig,
) -> None:
    assert rig.directory is not None
    async with Client.connect_to(rig, 0) as client, Publisher(rig.url(1), rig.api_key) as publisher:
        await client.subscribe("/default/*")
        old, rig.directory = rig.directory, None
        await old.stop()
        await client.until_closed()
        assert client.socket.close_code == 1012
        response = await publisher.publish("/default/a", 1)
        assert response.status_code == 503
        assert response.headers["x-amzn-errortype"] == "ServiceUnavailableException"
        rig.start_directory()
        await rig.until_ready()
        assert (await publisher.publish("/default/a", 1)).status_code == 200


async def test_members_that_are_gone_are_removed_at_once(rig: Rig) -> None:
    async with Client.connect_to(rig, 0) as client, Publisher(rig.url(0), rig.api_key) as publisher:
        subscription = await client.subscribe("/default/*")
        await rig.gateways.pop(1).stop()
        await rig.shards.pop(2).stop()
        gateway = rig.gateways[0]

        async def is_alone() -> bool:
            return len(gateway.view.gateways) == 1 and len(gateway.view.shards) == 2

        await until(is_alone, patience=5)
        for number in range(50):
            assert (await publisher.publish(f"/default/{number}", number)).status_code == 200
        assert sorted(await client.until_events(subscription, 50)) == list(range(50))


async def test_the_last_shards_channels_wait_for_another(rig: Rig) -> None:
    async with Client.connect_to(rig, 0) as client, Publisher(rig.url(1), rig.api_key) as publisher:
        subscription = await client.subscribe("/default/a")
        while rig.shards:
            await rig.shards.pop().stop()
        gateway = rig.gateways[1]

        async def is_shardless() -> bool:
            return not gateway.view.shards

        await until(is_shardless)
        publishing = asyncio.get_running_loop().create_task(publisher.publish("/default/a", "waited"))
        rig.start_shard()
        assert (await publishing).status_code == 200
        assert await client.until_events(subscription, 1) == ["waited"]


async def test_a_gateway_that_knows_no_configuration_yet_asks_to_come_again(rig: Rig) -> None:
    assert rig.directory is not None
    old, rig.directory = rig.directory, None
    await old.stop()
    await rig.start_gateway()
    async with Publisher(rig.url(2), rig.api_key) as publisher:
        assert (await publisher.publish("/default/a", 1)).status_code == 503
        with pytest.raises(InvalidStatus, match="503"):
            await Client.connect(rig.realtime_url(2), rig.api_key)
        rig.start_directory()
        await rig.until_ready()
        assert (await publisher.publish("/default/a", 1)).status_code == 200


async def test_a_store_that_fails_for_a_while_costs_nothing_but_that_while(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 2
    save = DatabaseStore.save_cluster

    async def fail_at_first(store: DatabaseStore, state: bytes) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError(28, "No space left on device")
        await save(store, state)

    monkeypatch.setattr(DatabaseStore, "save_cluster", fail_at_first)
    await rig.start_gateway()
    await rig.until_ready()
    assert failures == 0
    async with Client.connect_to(rig, 2) as client, Publisher(rig.url(0), rig.api_key) as publisher:
        subscription = await client.subscribe("/default/*")
        assert (await publisher.publish("/default/a", 1)).status_code == 200
        assert await client.until_events(subscription, 1) == [1]
