"""A shard takes over, serves and hands over, and loses nothing on the way."""

import pytest
from tests.support.shard_bench import KEY, SLOT, WIDE_KEY, ShardBench

from eventray_core.link.envelopes import ConfigChanged, HandOver, Opened, Stuck, Sync
from eventray_core.placement.view import Ownership
from eventray_core.shard.slot import Phase
from eventray_core.shard.state import DialShard, DropGateway, DropShard


def test_a_slot_opens_when_every_gateway_of_the_view_has_registered() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.sync("g1")
    assert bench.state.open_slots() == []
    bench.sync("g2")
    assert bench.state.open_slots() == [(SLOT, 1)]
    assert bench.directory.heard() == [Opened([(SLOT, 1)])]


def test_a_slot_opens_without_a_gateway_that_was_removed_meanwhile() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.sync("g1")
    bench.gateways.remove("g2")
    bench.view(2)
    assert bench.state.open_slots() == [(SLOT, 1)]


def test_an_open_slot_does_not_wait_for_a_gateway_that_comes_later() -> None:
    bench = ShardBench("g1")
    bench.serve()
    bench.gateways.append("g2")
    bench.view(2)
    assert bench.state.open_slots() == [(SLOT, 1)]


def test_older_views_change_nothing() -> None:
    bench = ShardBench("g1")
    bench.serve()
    bench.view(1, owner="s2", since=9)
    bench.view(0, owner="s2", since=9)
    assert bench.state.open_slots() == [(SLOT, 1)]


def test_a_new_owner_waits_for_the_old_one() -> None:
    bench = ShardBench("g1")
    bench.view(5, since=5, source="s0")
    bench.sync("g1", epoch=5, since=5)
    assert bench.state.open_slots() == []
    bench.state.from_shard(HandOver(SLOT, 5, 3, 77), bench.now)
    assert bench.state.open_slots() == [(SLOT, 5)]
    assert (bench.slot.numbering_epoch, bench.slot.next_seq) == (3, 77)


def test_a_hand_over_may_come_before_the_view_that_explains_it() -> None:
    bench = ShardBench("g1")
    bench.view(4, owner="s0", since=1)
    bench.state.from_shard(HandOver(SLOT, 5, 3, 77), bench.now)
    bench.view(5, since=5, source="s0")
    bench.sync("g1", epoch=5, since=5)
    assert bench.state.open_slots() == [(SLOT, 5)]
    assert bench.slot.next_seq == 77


def test_a_hand_over_for_another_epoch_opens_nothing() -> None:
    bench = ShardBench("g1")
    bench.view(5, since=5, source="s0")
    bench.sync("g1", epoch=5, since=5)
    bench.state.from_shard(HandOver(SLOT, 4, 3, 77), bench.now)
    bench.state.from_shard(HandOver(SLOT, 6, 3, 77), bench.now)
    assert bench.state.open_slots() == []


def test_a_new_owner_does_not_wait_for_one_that_was_removed() -> None:
    bench = ShardBench("g1")
    bench.view(5, since=5, source="s0")
    bench.sync("g1", epoch=5, since=5)
    bench.announce(6, Ownership("me", 5, "s0"), {"me": bench.state.view.shards["me"]})
    assert bench.state.open_slots() == [(SLOT, 5)]
    assert (bench.slot.numbering_epoch, bench.slot.next_seq) == (5, 0)


def test_a_slot_is_handed_over_when_its_publications_are_confirmed() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g1", "g2")
    bench.publish("g1", 1)
    bench.confirms("g1")
    bench.view(2, owner="s2", since=2, source="me")
    assert bench.handed_over() == []
    assert bench.slot.phase is Phase.LEAVING
    bench.confirms("g2")
    assert bench.handed_over() == [("s2", HandOver(SLOT, 2, 1, 1))]
    assert bench.state.slots == {}
    assert bench.heard("g1") == ["1 OK"]


def test_a_slot_is_handed_over_when_nobody_waits_for_confirmations_any_more() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g2")
    bench.publish("g1", 1)
    bench.view(2, owner="s2", since=2, source="me")
    bench.now = 16.0
    bench.state.tick(bench.now)
    assert bench.heard("g1") == ["1 UNAVAILABLE"]
    assert bench.handed_over() == [("s2", HandOver(SLOT, 2, 1, 1))]


def test_a_slot_is_handed_over_when_the_gateway_that_did_not_confirm_is_removed() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g2")
    bench.publish("g1", 1)
    bench.gateways.remove("g2")
    bench.view(2, owner="s2", since=2, source="me")
    assert bench.heard("g1") == ["1 OK"]
    assert bench.handed_over() == [("s2", HandOver(SLOT, 2, 1, 1))]


def test_what_waits_is_sent_elsewhere_when_the_slot_goes() -> None:
    bench = ShardBench("g1", "g2")
    bench.view(1)
    bench.sync("g1")
    bench.publish("g1", 1)
    bench.publish("g1", 2)
    bench.subscribe("g1", 7)
    bench.view(2, owner="s2", since=2, source=None)
    bench.publish("g1", 3)
    bench.subscribe("g1", 8)
    assert bench.heard("g1") == ["1 MOVED", "2 MOVED", "subscribed 7 MOVED", "3 MOVED", "subscribed 8 MOVED"]


def test_the_next_owner_hears_even_that_there_is_nothing_to_hand_over() -> None:
    """The first successor died before it opened the slot, so the second waits for this shard once more."""
    bench = ShardBench("g1")
    bench.serve()
    bench.view(2, "s2", 2, "me")
    assert bench.handed_over() == [("s2", HandOver(SLOT, 2, 1, 0))]
    bench.view(3, "s3", 3, "me")
    assert bench.handed_over() == [("s3", HandOver(SLOT, 3, 3, 0))]
    bench.view(4, "s3", 3, "me")
    assert bench.handed_over() == []


def test_a_slot_goes_to_the_owner_of_the_newest_view_once_it_is_drained() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g2")
    bench.publish("g1", 1)
    bench.view(2, "s2", 2, "me")
    bench.view(3, "s3", 3, "me")
    assert bench.handed_over() == []
    bench.confirms("g2")
    assert bench.handed_over() == [("s3", HandOver(SLOT, 3, 1, 1))]


def test_a_slot_that_comes_back_is_not_handed_over_before_its_earlier_publications_are_confirmed() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g2")
    bench.publish("g1", 1)
    bench.view(2, "s2", 2, "me")
    bench.view(3, "me", 3, None)
    for gateway in bench.gateways:
        bench.sync(gateway, epoch=3, since=3)
    assert bench.state.open_slots() == [(SLOT, 3)]
    bench.view(4, "s4", 4, "me")
    assert bench.handed_over() == []
    bench.confirms("g2")
    assert bench.handed_over() == [("s4", HandOver(SLOT, 4, 1, 1))]


def test_a_slot_under_a_new_epoch_is_registered_for_anew() -> None:
    bench = ShardBench("g1")
    bench.serve("g1")
    bench.view(3, "me", 3)
    assert bench.state.open_slots() == []
    bench.publish("g1", 1, since=1)
    assert bench.heard("g1") == ["1 MOVED"]
    bench.sync("g1", epoch=3, since=3)
    bench.publish("g1", 2, since=3)
    assert bench.heard("g1") == ["2 OK"]


def test_a_removed_gateway_is_forgotten_and_not_admitted() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g1", "g2")
    bench.subscribe("g2", 1, WIDE_KEY)
    session = bench.state.peers["g2"].session
    bench.gateways.remove("g2")
    bench.view(2)
    assert bench.state.take_effects() == [DropGateway(session)]
    assert bench.state.admit("g2") is None
    assert bench.slot.interests.gateways() == {"g1"}
    assert len(bench.state.wide) == 0
    bench.says("g2", Sync(2, [(SLOT, 1)], [(SLOT, KEY)], []))
    assert bench.slot.interests.gateways() == {"g1"}


def test_a_publication_does_not_wait_for_a_gateway_that_is_removed() -> None:
    bench = ShardBench("g1", "g2")
    bench.serve("g1", "g2")
    bench.publish("g1", 1)
    bench.confirms("g1")
    assert bench.heard("g1") == []
    bench.gateways.remove("g2")
    bench.view(2)
    assert bench.heard("g1") == ["1 OK"]


def test_the_link_to_a_removed_shard_ends() -> None:
    bench = ShardBench("g1")
    bench.serve()
    bench.view(2, "s2", 2, "me")
    assert [type(effect) for effect in bench.state.take_effects()] == [DialShard]
    bench.view(3, "s3", 3, None)
    assert bench.state.take_effects() == [DropShard("s2")]


@pytest.mark.parametrize("newer", ["view", "configuration"])
def test_what_this_shard_cannot_understand_yet_waits_and_what_follows_waits_behind_it(newer: str) -> None:
    bench = ShardBench("g1")
    bench.serve("g1")
    bench.publish("g1", 1, since=9 if newer == "view" else 1, config=9 if newer == "configuration" else 1)
    bench.publish("g1", 2)
    bench.unsubscribe("g1")
    assert bench.heard("g1") == []
    if newer == "view":
        bench.view(9)
        assert bench.heard("g1") == ["1 MOVED", "2"]
    else:
        bench.state.from_directory(ConfigChanged(9, False, []), bench.now)
        assert bench.heard("g1") == ["1", "2"]
    assert bench.slot.interests.gateways() == set()
    assert not bench.state.peers["g1"].waiting


def test_a_registration_for_a_newer_view_waits_and_wishes_wait_behind_it() -> None:
    bench = ShardBench("g1")
    bench.serve()
    bench.says("g1", Sync(2, [], [], []))
    bench.subscribe("g1", 1, WIDE_KEY)
    assert bench.heard("g1") == []
    bench.view(2)
    assert bench.heard("g1") == ["subscribed 1 OK"]
    assert len(bench.state.wide) == 1


def test_only_the_directory_is_told_of_a_gateway_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventray_core.shard.peers.MAX_UNCONFIRMED_BYTES", 10)
    bench = ShardBench("g1", "g2")
    bench.serve("g2")
    bench.publish("g1", 1)
    bench.publish("g1", 2)
    bench.now = 0.9
    bench.state.tick(bench.now)
    assert bench.directory.heard() == []
    bench.now = 1.1
    bench.state.tick(bench.now)
    assert bench.directory.heard() == [Stuck("g2")]
    assert "g2" in bench.state.peers
    bench.state.tick(bench.now)
    assert bench.directory.heard() == [], "once per second"


def test_what_a_removed_gateway_held_up_goes_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventray_core.shard.peers.MAX_UNCONFIRMED_BYTES", 10)
    bench = ShardBench("g1", "g2", "g3")
    bench.serve("g2", "g3")
    bench.publish("g1", 1)
    bench.publish("g1", 2)
    bench.confirms("g3")
    assert bench.heard("g3") == []
    bench.gateways.remove("g2")
    bench.view(2)
    assert bench.heard("g3") == ["2"]
