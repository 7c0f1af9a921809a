"""What passes from owner to owner."""

from eventray_core.link.envelopes import HandOver
from eventray_core.shard.handover import HandOvers


def test_each_new_owner_has_one_session_which_is_to_be_connected_once() -> None:
    hand_overs = HandOvers()
    session = hand_overs.send("s1", HandOver(1, 2, 1, 0))
    assert session is not None
    assert hand_overs.send("s1", HandOver(2, 2, 1, 0)) is None
    assert session.last == 2
    assert hand_overs.send("s2", HandOver(3, 2, 1, 0)) is not None


def test_sessions_with_removed_owners_are_dropped() -> None:
    hand_overs = HandOvers()
    hand_overs.send("s1", HandOver(1, 2, 1, 0))
    hand_overs.send("s2", HandOver(2, 2, 1, 0))
    assert hand_overs.drop_all_but({"s2", "s3"}) == ["s1"]
    assert hand_overs.drop_all_but({"s2", "s3"}) == []


def test_what_came_early_is_there_for_its_epoch_only() -> None:
    hand_overs = HandOvers()
    hand_overs.keep(HandOver(1, 5, 1, 0))
    assert hand_overs.take(1, 4) is None
    assert hand_overs.take(2, 5) is None
    assert hand_overs.take(1, 5) == HandOver(1, 5, 1, 0)


def test_the_latest_of_what_came_early_counts() -> None:
    hand_overs = HandOvers()
    hand_overs.keep(HandOver(1, 6, 1, 0))
    hand_overs.keep(HandOver(1, 5, 1, 0))
    assert hand_overs.take(1, 6) == HandOver(1, 6, 1, 0)
    assert len(hand_overs) == 1


def test_what_came_early_for_a_past_epoch_is_forgotten() -> None:
    hand_overs = HandOvers()
    hand_overs.keep(HandOver(1, 5, 1, 0))
    hand_overs.keep(HandOver(2, 6, 1, 0))
    hand_overs.forget_until(5)
    assert hand_overs.take(1, 5) is None
    assert hand_overs.take(2, 6) is not None
