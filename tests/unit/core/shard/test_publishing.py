"""A publication is numbered, goes to all that want it, and is answered when they have it."""

import pytest
from tests.support.shard_bench import API, PATH, SLOT, ShardBench

from eventray_core.link.envelopes import Deliver


def test_without_an_audience_the_answer_comes_at_once() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve()
    bench.publish("g1", 1)
    assert bench.heard("g1") == ["1 OK"]
    assert bench.heard("g2") == []


def test_the_answer_waits_for_every_gateway_that_was_sent_something() -> None:
    bench = ShardBench("g1", "g2", "g3")
    bench.serve("g1", "g2")
    bench.publish("g3", 1)
    assert bench.heard("g1") == ["1"]
    bench.confirms("g1")
    assert bench.heard("g3") == []
    bench.confirms("g2")
    assert bench.heard("g3") == ["1 OK"]


def test_numbers_go_on_within_the_slot() -> None:
    bench = ShardBench("g1")
    bench.serve("g1")
    bench.publish("g1", 1)
    bench.publish("g1", 2)
    delivered = [e for e in bench.ears["g1"].heard() if isinstance(e, Deliver)]
    assert [(d.slot, d.epoch, d.seq, d.api_id, d.path) for d in delivered] == [
        (SLOT, 1, 0, API, PATH),
        (SLOT, 1, 1, API, PATH),
    ]


def test_nobody_waits_for_confirmations_for_ever() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g2")
    bench.publish("g1", 1)
    bench.now = 14.9
    bench.state.tick(bench.now)
    assert bench.heard("g1") == []
    bench.now = 15.0
    bench.state.tick(bench.now)
    assert bench.heard("g1") == ["1 UNAVAILABLE"]
    bench.confirms("g2")
    assert bench.heard("g1") == [], "answered once"
    assert bench.slot.unconfirmed == 0


def test_without_a_lease_nothing_is_taken() -> None:
    bench = ShardBench("g1")
    bench.serve("g1")
    bench.now = 10.0
    bench.publish("g1", 1)
    assert bench.heard("g1") == ["1 UNAVAILABLE"]


def test_without_a_lease_confirmations_mean_nothing() -> None:
    """Whoever knows that this shard was removed has put the delivery aside, and confirms it all the same."""
    bench = ShardBench("g1", "g2")
    bench.serve("g2")
    bench.publish("g1", 1)
    bench.now = 10.0
    bench.confirms("g2")
    assert bench.heard("g1") == ["1 UNAVAILABLE"]


def test_publications_for_a_slot_that_opens_wait_in_order() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.sync("g1", "api/news/europe")
    bench.publish("g1", 1)
    bench.publish("g2", 2)
    bench.publish("g1", 3)
    assert bench.heard("g1") == []
    bench.sync("g2")
    assert bench.heard("g1") == ["1", "2", "3"]


def test_what_waits_too_long_for_a_slot_to_open_ends() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.publish("g1", 1)
    bench.now = 15.0
    bench.state.tick(bench.now)
    assert bench.heard("g1") == ["1 UNAVAILABLE"]


def test_what_waits_while_the_lease_ends_is_not_sent() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.publish("g1", 1)
    bench.now = 10.0
    bench.sync("g1")
    bench.sync("g2", "api/news/europe")
    assert bench.heard("g1") == ["1 UNAVAILABLE"]
    assert bench.heard("g2") == []


def test_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventray_core.shard.publishing.MAX_HELD_PUBLISHES", 2)
    bench = ShardBench("g1", "g2")
    bench.view(1)
    for counter in (1, 2, 3):
        bench.publish("g1", counter)
    assert bench.heard("g1") == ["3 UNAVAILABLE"]
    bench.sync("g1")
    bench.sync("g2")
    assert bench.heard("g1") == ["1 OK", "2 OK"]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> ShardBench:
    """`g2` has more on its link than it may, and `g1` has one publication that waits for that."""
    monkeypatch.setattr("eventray_core.shard.peers.MAX_UNCONFIRMED_BYTES", 10)
    bench = ShardBench("g1", "g2")
    bench.serve("g2")
    bench.publish("g1", 1)
    bench.publish("g1", 2)
    assert bench.heard("g2") == ["1"]
    return bench


def test_what_wants_a_gateway_over_its_bound_waits_until_it_has_caught_up(full: ShardBench) -> None:
    full.confirms("g2")
    assert full.heard("g2") == ["2"]
    full.confirms("g2")
    assert full.heard("g1") == ["1 OK", "2 OK"]


def test_nothing_overtakes_what_waits_for_a_gateway(full: ShardBench) -> None:
    full.unsubscribe("g2")
    full.publish("g1", 3)
    assert full.heard("g1") == []
    full.state.tick(full.now)
    assert full.heard("g1") == ["2 OK", "3 OK"]


def test_what_waits_for_a_gateway_too_long_ends(full: ShardBench) -> None:
    full.now = 9.0
    full.renew()
    full.now = 15.0
    full.state.tick(full.now)
    assert full.heard("g1") == ["1 UNAVAILABLE", "2 UNAVAILABLE"]


def test_counters_tell_what_happened() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g1", "g2")
    bench.publish("g1", 1)
    bench.publish("g1", 2, since=1)
    bench.view(2, "s2", 2, "me")
    bench.publish("g1", 3)
    counters = bench.state.publishing.counters
    assert (counters.publishes, counters.events, counters.deliveries) == (2, 2, 4)
    assert (counters.moved, counters.unavailable) == (1, 0)
