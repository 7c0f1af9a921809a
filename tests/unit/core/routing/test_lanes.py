"""Publications of a slot keep their order, and each ends once."""

import pytest

from eventray_core.link.envelopes import Outcome, Publish
from eventray_core.link.session import Session
from eventray_core.placement.slots import SLOTS
from eventray_core.placement.view import UNOWNED, Member, Ownership, View
from eventray_core.routing.lanes import Lanes, PublicationEnded
from eventray_core.routing.shards import Shards

SLOT = 5


class Cluster:
    """The shards that a gateway knows, and what they were sent."""

    def __init__(self) -> None:
        self.shards = Shards()
        self.lanes = Lanes(self.shards)
        self.epoch = 0

    def owned_by(self, owner: str | None, *members: str) -> None:
        """A new view in which the slot has that owner."""
        self.epoch += 1
        present = {name: Member(name, name, "h:1") for name in {*members, *([owner] if owner else [])}}
        slots = [UNOWNED] * SLOTS
        slots[SLOT] = Ownership(owner, self.epoch)
        self.shards.view = View(self.epoch, {}, present, tuple(slots))
        sessions = self.shards.sessions
        self.shards.sessions = {name: sessions.get(name, Session(name)) for name in present}
        self.lanes.view_changed()

    def publish(self, *counters: int, deadline: float = 10.0) -> None:
        for counter in counters:
            publish = Publish(counter, SLOT, 0, 1, 1, "a", "/b/c", [], [], 1000)
            self.lanes.publish(publish, deadline)

    def sent_to(self, shard: str) -> int:
        return self.shards.sessions[shard].last

    def ended(self) -> list[tuple[int, Outcome]]:
        self.lanes.check_invariants()
        return [(ended.counter, ended.outcome) for ended in self.lanes.take_ended()]


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_what_a_shard_confirms_ends_well(cluster: Cluster) -> None:
    cluster.owned_by("s1")
    cluster.publish(1, 2)
    cluster.lanes.answered("s1", 1, Outcome.OK)
    cluster.lanes.answered("s1", 2, Outcome.UNAVAILABLE)
    assert cluster.ended() == [(1, Outcome.OK), (2, Outcome.UNAVAILABLE)]
    assert len(cluster.lanes) == 0


def test_without_an_owner_publications_wait_for_one(cluster: Cluster) -> None:
    cluster.owned_by(None)
    cluster.publish(1, 2)
    cluster.owned_by("s1")
    assert cluster.sent_to("s1") == 2


def test_what_moved_goes_to_the_new_owner_before_what_came_later(cluster: Cluster) -> None:
    cluster.owned_by("s1")
    cluster.publish(1, 2)
    cluster.owned_by("s2", "s1")
    cluster.publish(3)
    assert cluster.sent_to("s2") == 0, "the old owner has not answered yet"
    cluster.lanes.answered("s1", 1, Outcome.OK)
    assert cluster.sent_to("s2") == 0
    cluster.lanes.answered("s1", 2, Outcome.MOVED)
    assert cluster.sent_to("s2") == 2
    for counter in (2, 3):
        cluster.lanes.answered("s2", counter, Outcome.OK)
    assert [counter for counter, _ in cluster.ended()] == [1, 2, 3]


def test_moved_waits_for_the_view_that_says_where_to(cluster: Cluster) -> None:
    cluster.owned_by("s1")
    cluster.publish(1)
    cluster.lanes.answered("s1", 1, Outcome.MOVED)
    assert cluster.sent_to("s1") == 1, "it is not asked again"
    cluster.owned_by("s2", "s1")
    assert cluster.sent_to("s2") == 1


def test_what_a_lost_shard_had_is_never_sent_again(cluster: Cluster) -> None:
    cluster.owned_by("s1")
    cluster.publish(1)
    cluster.owned_by("s2")
    assert cluster.ended() == [(1, Outcome.UNAVAILABLE)]
    assert cluster.sent_to("s2") == 0
    cluster.publish(2)
    assert cluster.sent_to("s2") == 1


def test_answers_of_others_and_second_answers_are_ignored(cluster: Cluster) -> None:
    cluster.owned_by("s1", "s2")
    cluster.publish(1)
    cluster.lanes.answered("s2", 1, Outcome.OK)
    assert cluster.ended() == []
    cluster.lanes.answered("s1", 1, Outcome.OK)
    cluster.lanes.answered("s1", 1, Outcome.UNAVAILABLE)
    cluster.lanes.answered("s1", 99, Outcome.OK)
    assert cluster.ended() == [(1, Outcome.OK)]


def test_time_runs_out_for_those_who_wait_and_those_under_way(cluster: Cluster) -> None:
    cluster.owned_by("s1")
    cluster.publish(1, deadline=1)
    cluster.owned_by("s2", "s1")
    cluster.publish(2, deadline=2)
    cluster.publish(3, deadline=3)
    cluster.lanes.expire(2)
    assert cluster.ended() == [(1, Outcome.UNAVAILABLE), (2, Outcome.UNAVAILABLE)]
    assert cluster.sent_to("s2") == 1, "nobody is before the third any more"


def test_more_bytes_than_may_wait_are_refused_until_some_have_ended(cluster: Cluster) -> None:
    cluster.owned_by("s1")
    for counter in range(1, 4):
        publish = Publish(counter, SLOT, 0, 1, 1, "a", "/b/c", [], [b"x" * 30_000_000], 1000)
        cluster.lanes.publish(publish, 10.0)
    assert cluster.ended() == [(3, Outcome.UNAVAILABLE)]
    cluster.lanes.answered("s1", 1, Outcome.OK)
    cluster.publish(4)
    assert cluster.ended() == [(1, Outcome.OK)]


def test_losing_membership_ends_all(cluster: Cluster) -> None:
    cluster.owned_by("s1")
    cluster.publish(1)
    cluster.owned_by(None, "s1")
    cluster.publish(2)
    cluster.lanes.end_all()
    assert cluster.ended() == [(1, Outcome.UNAVAILABLE), (2, Outcome.UNAVAILABLE)]
    assert not cluster.lanes.has_ended


def test_ended_is_a_value() -> None:
    assert PublicationEnded(1, Outcome.OK) == PublicationEnded(1, Outcome.OK)
