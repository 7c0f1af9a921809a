"""Processes die or freeze while events flow, on a real Ray; nothing acknowledged is missing."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.client import Client, Publisher
from tests.support.served import Served
from tests.support.traffic import flowing

GATEWAYS, SHARDS = 2, 3

FREEZE = 20.0
"""Seconds; twice the lease."""

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(loop_scope="module")
async def service(server: Served) -> AsyncIterator[Served]:
    """Complete before a test, and complete and useful again after it, by itself."""
    await server.until_complete(GATEWAYS, SHARDS)
    yield server
    await server.until_complete(GATEWAYS, SHARDS)
    for gateway in range(GATEWAYS):
        async with (
            Client.connect_to(server, gateway) as client,
            Publisher(server.url(1 - gateway), server.api_key) as publisher,
        ):
            subscription = await client.subscribe("/default/after/*")
            assert (await publisher.publish("/default/after/all", gateway)).status_code == 200
            assert await client.until_events(subscription, 1) == [gateway]


@pytest.mark.parametrize(
    "victim",
    [*(f"channel-shard-{n}" for n in range(SHARDS)), "namespace-directory", "supervisor", "gateway-1"],
)
async def test_killed_while_publishing(service: Served, victim: str) -> None:
    channel = "/default/kill"
    async with Client.connect_to(service, 0) as exact, Client.connect_to(service, 0) as wide:
        subscriptions = [(exact, await exact.subscribe(channel)), (wide, await wide.subscribe("/default/*"))]
        async with flowing(service.url(0), service.api_key, channel) as traffic:
            await traffic.more_acknowledged(50)
            pid = await service.pid(victim)
            os.kill(pid, signal.SIGKILL)
            await traffic.more_acknowledged(300)
        assert not traffic.cut
        for client, subscription in subscriptions:
            await traffic.check(client, subscription)
    assert (await service.until_complete(GATEWAYS, SHARDS))["members"][victim]["pid"] != pid


async def test_a_killed_directory_interrupts_no_publishing(service: Served) -> None:
    async with flowing(service.url(0), service.api_key, "/default/d") as traffic:
        await traffic.more_acknowledged(20)
        os.kill(await service.pid("namespace-directory"), signal.SIGKILL)
        await service.until_complete(GATEWAYS, SHARDS)
        await traffic.more_acknowledged(20)
    assert not traffic.refused
    assert not traffic.cut


async def test_a_killed_gateways_clients_may_come_back(service: Served) -> None:
    async with Client.connect_to(service, 1) as client:
        await client.subscribe("/default/g")
        os.kill(await service.pid("gateway-1"), signal.SIGKILL)
        await client.until_closed()
    # The shared port leads to whoever lives.
    async with await Client.connect(service.ready["realtimeUrl"], service.api_key) as again:
        subscription = await again.subscribe("/default/g")
        assert (await again.publish("/default/g", "back"))["type"] == "publish_success"
        assert await again.until_events(subscription, 1) == ["back"]


async def test_a_frozen_shards_channels_are_served_by_others(service: Served) -> None:
    channel = "/default/cold"
    async with Client.connect_to(service, 0) as exact, Client.connect_to(service, 1) as wide:
        subscriptions = [(exact, await exact.subscribe(channel)), (wide, await wide.subscribe("/default/*"))]
        async with flowing(service.url(0), service.api_key, channel) as traffic:
            await traffic.more_acknowledged(20)
            status = await service.status()
            shards = [member for name, member in status["members"].items() if "shard" in name]
            pid = max(shards, key=lambda shard: shard["publishes"])["pid"]
            os.kill(pid, signal.SIGSTOP)
            try:
                await traffic.more_acknowledged(100)
            finally:
                os.kill(pid, signal.SIGCONT)
            await traffic.more_acknowledged(20)
            await service.until_complete(GATEWAYS, SHARDS)
            await traffic.more_acknowledged(20)
        for client, subscription in subscriptions:
            await traffic.check(client, subscription)


async def test_a_frozen_gateways_clients_are_disconnected_and_not_left_with_a_hole(service: Served) -> None:
    channel = "/default/freeze"
    async with Client.connect_to(service, 1) as frozen, Client.connect_to(service, 0) as living:
        heard_before = await frozen.subscribe(channel)
        subscription = await living.subscribe(channel)
        async with flowing(service.url(0), service.api_key, channel) as traffic:
            await traffic.more_acknowledged(20)
            pid = await service.pid("gateway-1")
            os.kill(pid, signal.SIGSTOP)
            frozen_since = time.monotonic()
            try:
                # Publishes that the frozen gateway should get wait for the end of its lease, 10 s.
                await traffic.more_acknowledged(100)
                await asyncio.sleep(frozen_since + FREEZE - time.monotonic())
            finally:
                os.kill(pid, signal.SIGCONT)
            await frozen.until_closed()
            await traffic.more_acknowledged(20)
        await traffic.check(living, subscription)
    heard = frozen.events(heard_before)
    assert heard == list(range(heard[0], heard[0] + len(heard))), "a hole"
