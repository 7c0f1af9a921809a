"""What gateways want is registered as a whole, then said one by one."""

import pytest
from tests.support.shard_bench import KEY, SLOT, WIDE_KEY, ShardBench


def test_a_wish_is_answered_at_once_where_the_slot_is_open() -> None:
    bench = ShardBench("g1")
    bench.serve()
    bench.subscribe("g1", 4)
    assert bench.heard("g1") == ["subscribed 4 OK"]
    assert bench.slot.interests.gateways() == {"g1"}


def test_a_wish_is_answered_when_the_slot_opens() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.sync("g1")
    bench.subscribe("g1", 4)
    assert bench.heard("g1") == []
    bench.sync("g2")
    assert bench.heard("g1") == ["subscribed 4 OK"]


def test_what_is_published_while_a_slot_opens_reaches_wishes_made_meanwhile() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.sync("g1")
    bench.subscribe("g1", 4)
    bench.publish("g2", 1)
    bench.sync("g2")
    assert bench.heard("g1") == ["subscribed 4 OK", "1"]


def test_a_namespace_wide_wish_needs_no_open_slot() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.subscribe("g1", 4, WIDE_KEY)
    assert bench.heard("g1") == ["subscribed 4 OK"]
    bench.sync("g1", wide=(WIDE_KEY,))
    bench.sync("g2")
    bench.publish("g2", 1)
    assert bench.heard("g1") == ["1"]


@pytest.mark.parametrize("key", [KEY, WIDE_KEY])
def test_without_a_lease_no_wish_is_granted(key: str) -> None:
    bench = ShardBench("g1")
    bench.serve()
    bench.now = 10.0
    bench.subscribe("g1", 4, key)
    assert bench.heard("g1") == ["subscribed 4 UNAVAILABLE"]


@pytest.mark.parametrize("key", [KEY, WIDE_KEY])
def test_who_wants_no_more_gets_no_more(key: str) -> None:
    bench = ShardBench("g1", "g2")
    bench.serve()
    bench.subscribe("g1", 4, key)
    bench.unsubscribe("g1", key)
    bench.unsubscribe("g1", key)
    bench.publish("g2", 1)
    assert bench.heard("g1") == ["subscribed 4 OK"]
    assert bench.heard("g2") == ["1 OK"]


def test_a_registration_replaces_what_was_wanted() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g1", "g2")
    bench.subscribe("g1", 1, WIDE_KEY)
    bench.sync("g1", "api/news/asia")
    assert bench.slot.interests.wanted_by("g1") == ["api/news/asia"]
    assert bench.slot.interests.wanted_by("g2") == [KEY]
    assert bench.state.wide.wanted_by("g1") == []


@pytest.mark.parametrize("since", [0, 2])
def test_a_registration_under_another_epoch_is_none(since: int) -> None:
    bench = ShardBench("g1")
    bench.view(1)
    bench.sync("g1", KEY, since=since)
    assert bench.state.open_slots() == []
    assert bench.slot.interests.gateways() == set()


def test_a_registration_for_a_slot_elsewhere_is_none() -> None:
    bench = ShardBench("g1")
    bench.view(1, "s2")
    bench.sync("g1", KEY)
    assert SLOT not in bench.state.slots
