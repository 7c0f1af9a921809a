import asyncio
from typing import Any

import pytest
from tests.support.client import PATIENCE
from tests.support.rig import until

from eventray_client import EventsClient, Subscription, SubscriptionOverflowError
from eventray_client.errors import UnavailableError
from eventray_client.subscription import Overflow


class NoSubscriber:
    """Says yes to everything."""

    async def add(self, subscription: Subscription) -> None:
        subscription.is_live = True

    async def remove(self, subscription: Subscription) -> None:
        subscription.is_live = False


def subscription(queue_size: int = 3, overflow: Overflow = "fail") -> Subscription:
    return Subscription(NoSubscriber(), "/default/a", queue_size, overflow)


async def rest(of: Subscription) -> list[Any]:
    async with asyncio.timeout(PATIENCE):
        return [event async for event in of]


async def test_events_come_in_order_and_end_with_the_subscription() -> None:
    async with subscription() as one:
        for text in ("1", '"two"', "null"):
            one.offer(text)
    one.offer("4")
    assert await rest(one) == [1, "two", None]
    assert await rest(one) == []


async def test_an_overflow_ends_it_after_what_was_waiting() -> None:
    one = subscription()
    for number in range(5):
        one.offer(str(number))
    assert [await anext(one) for _ in range(3)] == [0, 1, 2]
    for _ in range(2):
        with pytest.raises(SubscriptionOverflowError, match="/default/a: more than 3 events wait"):
            await anext(one)
    assert one.dropped == 1


async def test_an_overflow_may_cost_the_oldest_instead() -> None:
    one = subscription(overflow="drop-oldest")
    for number in range(5):
        one.offer(str(number))
    one.end(None)
    assert (await rest(one), one.dropped) == ([2, 3, 4], 2)


async def test_a_reader_that_waits_is_woken_by_an_event_and_by_the_end() -> None:
    one = subscription()
    reading = asyncio.gather(anext(one), return_exceptions=True)
    await asyncio.sleep(0)
    one.offer("1")
    assert list(await reading) == [1]
    reading = asyncio.gather(anext(one), return_exceptions=True)
    await asyncio.sleep(0)
    one.end(UnavailableError("gone"))
    one.end(None)
    assert [str(outcome) for outcome in await reading] == ["gone"]


def test_a_queue_holds_something() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        subscription(queue_size=0)


async def test_a_slow_reader_does_not_hold_up_the_others(events: EventsClient) -> None:
    async with (
        events.subscribe("/default/*", queue_size=2) as slow,
        events.subscribe("/default/*", queue_size=2, overflow="drop-oldest") as lossy,
        events.subscribe("/default/*") as quick,
    ):
        for number in range(10):
            await events.publish("/default/a", number)
            async with asyncio.timeout(PATIENCE):
                assert await anext(quick) == number
        assert [await anext(slow), await anext(slow)] == [0, 1]
        with pytest.raises(SubscriptionOverflowError):
            await anext(slow)
        assert ([await anext(lossy), await anext(lossy)], lossy.dropped) == ([8, 9], 8)


async def test_leaving_it_unsubscribes(events: EventsClient) -> None:
    async with events.subscribe("/default/*") as outer:
        async with events.subscribe("/default/a") as inner:
            await events.publish("/default/a", 1)
            await until(lambda: _is_waiting(outer, inner))
        await events.publish("/default/a", 2)
        async with asyncio.timeout(PATIENCE):
            assert [await anext(outer), await anext(outer)] == [1, 2]
        assert await rest(inner) == [1]


async def _is_waiting(*subscriptions: Subscription) -> bool:
    return all(subscription.waiting for subscription in subscriptions)
