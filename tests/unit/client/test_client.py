import asyncio
from typing import Any

import pytest
from tests.support.client import PATIENCE
from tests.support.rig import Rig

from eventray_client import (
    ChannelRefusedError,
    ClientClosedError,
    CredentialsRefusedError,
    EventsClient,
    InvalidChannelError,
    RefusedError,
    ServerNotFoundError,
    UnavailableError,
)
from eventray_client.client import Transport
from eventray_client.subscription import Subscription

TRANSPORTS: list[Transport] = ["http", "websocket"]
VALUES: list[Any] = [{"hello": "wörld <&> 😀"}, "text", 1.5, None, [True, {"deep": [1]}]]


async def read(subscription: Subscription, count: int) -> list[Any]:
    async with asyncio.timeout(PATIENCE):
        return [await anext(subscription) for _ in range(count)]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_is_published_comes_to_those_who_subscribed(
    events: EventsClient, transport: Transport
) -> None:
    async with events.subscribe("/default/*") as all_, events.subscribe("/default/one") as one:
        result = await events.publish("/default/one", *VALUES, transport=transport)
        await events.publish("default/other", "elsewhere", transport=transport)
        assert await read(all_, 6) == [*VALUES, "elsewhere"]
        assert await read(one, 5) == VALUES
        assert one.waiting == 0
    assert result.ok
    assert [event.index for event in result.successful] == [0, 1, 2, 3, 4]
    assert len({event.identifier for event in result.successful}) == 5


async def test_a_text_is_published_as_it_stands(events: EventsClient) -> None:
    text = '{ "price" : 1.50 }'
    async with events.subscribe("/default/a") as subscription, asyncio.timeout(PATIENCE):
        await events.publish_texts("/default/a", [text])
        assert await subscription.next_text() == text


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_event_too_large_fails_alone(events: EventsClient, transport: Transport) -> None:
    result = await events.publish("/default/a", 1, "x" * 250_000, 3, transport=transport)
    assert [event.index for event in result.successful] == [0, 2]
    assert [(event.index, event.code) for event in result.failed] == [(1, "EventTooLargeException")]
    assert not result.ok


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("/default/b d", InvalidChannelError),
        ("/default/*", InvalidChannelError),
        ("/nowhere/a", ChannelRefusedError),
    ],
)
async def test_a_channel_that_cannot_be_published_to(
    events: EventsClient, transport: Transport, channel: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=channel.replace("*", r"\*")):
        await events.publish(channel, 1, transport=transport)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_too_many_values_are_refused_whole(events: EventsClient, transport: Transport) -> None:
    with pytest.raises(RefusedError, match="5 event limit") as caught:
        await events.publish("/default/a", *range(6), transport=transport)
    assert caught.value.error_type in ("BadRequestException", "InvalidInputError")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_wrong_key_is_refused_without_being_shown(rig: Rig, transport: Transport) -> None:
    async with EventsClient(rig.url(), api_key="da2-wrong") as events:
        with pytest.raises(CredentialsRefusedError) as caught:
            await events.publish("/default/a", 1, transport=transport)
    assert "da2" not in str(caught.value)


@pytest.mark.parametrize(
    ("channel", "error"), [("/default/b d", InvalidChannelError), ("/nowhere/*", ChannelRefusedError)]
)
async def test_a_channel_that_cannot_be_subscribed_to_leaves_the_client_usable(
    events: EventsClient, channel: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        async with events.subscribe(channel):
            pass
    async with events.subscribe("/default/a") as subscription:
        await events.publish("/default/a", "fine")
        assert await read(subscription, 1) == ["fine"]


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan")])
async def test_a_value_without_json_is_the_callers_mistake(events: EventsClient, value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        await events.publish("/default/a", value)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_server_that_is_not_there_is_told_at_once(rig: Rig, transport: Transport) -> None:
    async with EventsClient("http://127.0.0.1:1/event", api_key="da2-x") as events:
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1 cannot be reached"):
            await events.publish("/default/a", 1, transport=transport)


async def test_nothing_to_talk_to_is_told_on_entering() -> None:
    with pytest.raises(ServerNotFoundError):
        async with EventsClient():
            pass


async def test_a_client_that_is_not_open_says_so(events: EventsClient) -> None:
    with pytest.raises(ClientClosedError):
        await EventsClient("http://localhost/event", api_key="k").publish("/default/a", 1)
    with pytest.raises(ClientClosedError):
        EventsClient().subscribe("/default/a")


async def test_closing_the_client_ends_the_iteration(rig: Rig) -> None:
    client = EventsClient(rig.url(), api_key=rig.api_key)
    async with client as events:
        subscription = await events.subscribe("/default/a").__aenter__()
        await events.publish("/default/a", "last")
        assert await read(subscription, 1) == ["last"]
    async with asyncio.timeout(PATIENCE):
        assert [event async for event in subscription] == []


async def test_a_client_can_be_opened_again(rig: Rig) -> None:
    client = EventsClient(rig.url(), api_key=rig.api_key)
    for _ in range(2):
        async with client as events, events.subscribe("/default/a") as subscription:
            await events.publish("/default/a", 1)
            assert await read(subscription, 1) == [1]


async def test_many_tasks_may_use_one_client(events: EventsClient) -> None:
    async with events.subscribe("/default/*") as subscription:
        publishes = (events.publish(f"/default/{n}", n, transport=TRANSPORTS[n % 2]) for n in range(60))
        assert all(result.ok for result in await asyncio.gather(*publishes))
        assert sorted(await read(subscription, 60)) == list(range(60))
