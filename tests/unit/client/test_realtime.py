import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.client import PATIENCE
from tests.support.rig import Rig, running, until
from tests.support.tcp_proxy import TcpProxy, proxying

from eventray_client import (
    ApiKey,
    Backoff,
    ChannelRefusedError,
    CredentialsRefusedError,
    EventsClient,
    Subscription,
    UnavailableError,
)
from eventray_core.limits import Limits

SOON = Backoff(first_s=0.02, most_s=0.1)


class ChangingKey:
    """An authorization whose key can be exchanged, for all requests or those on one channel."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.bad_for = b"nothing"

    async def headers(self, url: str, body: bytes) -> Mapping[str, str]:
        return await ApiKey("da2-wrong" if self.bad_for in body else self.key).headers(url, body)


@pytest.fixture
async def proxy(rig: Rig) -> AsyncIterator[TcpProxy]:
    async with proxying(rig.addresses[0]) as between:
        yield between


@asynccontextmanager
async def through(proxy: TcpProxy, key: Any, **options: Any) -> AsyncIterator[EventsClient]:
    """A client that reaches the service through the proxy only."""
    shown = {"api_key": key} if isinstance(key, str) else {"authorization": key}
    async with EventsClient(f"http://{proxy.address}/event", backoff=SOON, **shown, **options) as events:
        yield events


async def next_of(subscription: Subscription) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await anext(subscription)


async def until_subscribed(rig: Rig, count: int, gateway: int = 0) -> None:
    async def are_there() -> bool:
        return bool((await rig.gateways[gateway].status())["subscriptions"] == count)

    await until(are_there)


async def until_interrupted(*subscriptions: Subscription, times: int = 1) -> None:
    async def were_lost() -> bool:
        return all(subscription.interruptions == times for subscription in subscriptions)

    await until(were_lost)


async def test_a_cut_connection_is_made_again_with_the_same_subscriptions(
    rig: Rig, events: EventsClient, proxy: TcpProxy
) -> None:
    async with through(proxy, rig.api_key) as away:
        async with away.subscribe("/default/*") as all_, away.subscribe("/default/one") as one:
            ids = (all_.id, one.id)
            for round_ in range(1, 4):
                proxy.cut()
                await until_interrupted(all_, one, times=round_)
                result = await away.publish("/default/one", round_, transport="websocket")
                assert result.ok
                assert (await next_of(all_), await next_of(one)) == (round_, round_)
            assert (all_.id, one.id) == ids
            assert (all_.waiting, one.waiting) == (0, 0)
            await until_subscribed(rig, 2)
        await until_subscribed(rig, 0)


async def test_a_drained_gateway_is_left_for_the_one_that_takes_its_place(tmp_path: Path) -> None:
    async with (
        running(tmp_path, gateways=2, shards=1) as rig,
        proxying(rig.addresses[0]) as proxy,
        through(proxy, rig.api_key) as events,
        events.subscribe("/default/a") as subscription,
    ):
        proxy.target = rig.addresses[1]
        await rig.gateways[0].drain()
        await until_subscribed(rig, 1, gateway=1)
        await events.publish("/default/a", "here")
        assert await next_of(subscription) == "here"


async def test_a_server_away_for_a_while_is_found_again(
    rig: Rig, events: EventsClient, proxy: TcpProxy, caplog: pytest.LogCaptureFixture
) -> None:
    async with through(proxy, rig.api_key) as away, away.subscribe("/default/a") as subscription:
        await proxy.stop()
        await until_interrupted(subscription)
        await events.publish("/default/a", "missed")
        await until(lambda: _said(caplog, "connection refused"))
        await proxy.start()
        async with asyncio.timeout(PATIENCE), away.subscribe("/default/b"):  # waits for the connection
            await away.publish("/default/a", "heard")
            assert await next_of(subscription) == "heard"
    assert rig.api_key not in caplog.text


async def _said(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return text in caplog.text


async def test_silence_beyond_the_keep_alive_time_is_a_loss(tmp_path: Path) -> None:
    limits = Limits(connection_timeout_ms=400, keep_alive_interval_ms=100)
    async with (
        running(tmp_path, shards=1, limits=limits) as rig,
        proxying(rig.addresses[0]) as proxy,
        through(proxy, rig.api_key) as events,
        events.subscribe("/default/a") as subscription,
    ):
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - began < 1:
            await events.publish("/default/a", 1)
            await next_of(subscription)
        assert subscription.interruptions == 0
        proxy.freeze()
        await until_interrupted(subscription)
        proxy.thaw()
        await events.publish("/default/b", 1, transport="websocket")
        await events.publish("/default/a", 2)
        assert await next_of(subscription) == 2


async def test_keep_alives_alone_keep_a_connection(tmp_path: Path) -> None:
    limits = Limits(connection_timeout_ms=400, keep_alive_interval_ms=100)
    async with (
        running(tmp_path, shards=1, limits=limits) as rig,
        EventsClient(rig.url(), api_key=rig.api_key) as events,
        events.subscribe("/default/a") as subscription,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await anext(subscription)
        assert subscription.interruptions == 0


async def test_a_subscription_refused_after_a_loss_ends_alone(rig: Rig, proxy: TcpProxy) -> None:
    key = ChangingKey(rig.api_key)
    async with (
        through(proxy, key) as events,
        events.subscribe("/default/a") as refused,
        events.subscribe("/default/b") as kept,
    ):
        key.bad_for = b"/default/a"
        proxy.cut()
        with pytest.raises(ChannelRefusedError):
            await next_of(refused)
        await events.publish("/default/b", 1)
        assert await next_of(kept) == 1


async def test_a_key_refused_after_a_loss_ends_all(rig: Rig, proxy: TcpProxy) -> None:
    key = ChangingKey(rig.api_key)
    async with through(proxy, key) as events, events.subscribe("/default/a") as subscription:
        key.key = "da2-expired"
        proxy.cut()
        with pytest.raises(CredentialsRefusedError):
            await next_of(subscription)
        key.key = rig.api_key
        async with events.subscribe("/default/a") as again:
            await events.publish("/default/a", 1)
            assert await next_of(again) == 1


class BreakingKey(ApiKey):
    """An authorization that works so many times."""

    uses = 0

    async def headers(self, url: str, body: bytes) -> Mapping[str, str]:
        BreakingKey.uses -= 1
        if BreakingKey.uses < 0:
            raise LookupError("no token")
        return await ApiKey.headers(self, url, body)


@pytest.mark.parametrize("uses", [0, 1])
async def test_a_broken_authorization_is_told_to_whoever_waits(rig: Rig, proxy: TcpProxy, uses: int) -> None:
    BreakingKey.uses = uses
    async with through(proxy, BreakingKey(rig.api_key)) as events:
        with pytest.raises(LookupError, match="no token"):
            async with events.subscribe("/default/a"):
                pass


@pytest.mark.parametrize("uses", [2, 3])
async def test_an_authorization_that_breaks_later_ends_the_subscription(
    rig: Rig, proxy: TcpProxy, uses: int
) -> None:
    BreakingKey.uses = uses
    key = BreakingKey(rig.api_key)
    async with through(proxy, key) as events, events.subscribe("/default/a") as subscription:
        proxy.cut()
        with pytest.raises(LookupError, match="no token"):
            await next_of(subscription)


async def test_a_publish_that_is_not_answered_fails_in_time(rig: Rig, proxy: TcpProxy) -> None:
    async with through(proxy, rig.api_key, timeout_s=0.3) as events:
        assert (await events.publish("/default/a", 1, transport="websocket")).ok
        proxy.freeze()
        for transport in ("websocket", "http"):
            with pytest.raises(UnavailableError):
                await events.publish("/default/a", 1, transport=transport)


async def test_a_publish_on_its_way_when_the_connection_is_lost_fails_at_once(
    rig: Rig, proxy: TcpProxy
) -> None:
    async with through(proxy, rig.api_key) as events:
        assert (await events.publish("/default/a", 1, transport="websocket")).ok
        proxy.freeze()
        async with asyncio.TaskGroup() as group:
            publish = group.create_task(_outcome(events))
            await until(lambda: _is_held(proxy))
            proxy.cut()
        assert isinstance(publish.result(), UnavailableError)


async def _outcome(events: EventsClient) -> Exception | None:
    try:
        await events.publish("/default/a", 2, transport="websocket")
    except UnavailableError as error:
        return error
    return None


async def _is_held(proxy: TcpProxy) -> bool:
    return proxy.held > 0


async def test_a_service_that_accepts_but_never_answers_is_given_up(rig: Rig, proxy: TcpProxy) -> None:
    proxy.freeze()
    async with through(proxy, rig.api_key, timeout_s=0.2) as events:
        with pytest.raises(UnavailableError, match=r"did not answer|no acknowledgement"):
            async with events.subscribe("/default/a"):
                pass


async def test_without_subscriptions_a_lost_connection_is_left_alone(rig: Rig, proxy: TcpProxy) -> None:
    async with through(proxy, rig.api_key) as events:
        await events.publish("/default/a", 1, transport="websocket")
        made = proxy.accepted
        proxy.cut()

        async def is_gone() -> bool:
            return bool((await rig.gateways[0].status())["connections"] == 0)

        await until(is_gone)
        assert proxy.accepted == made
        await events.publish("/default/a", 1, transport="websocket")
        assert proxy.accepted == made + 1
