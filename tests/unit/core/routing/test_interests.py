"""Subscriptions start when those who own their channels have said so."""

import pytest

from eventray_core.link.envelopes import Outcome, Subscribed
from eventray_core.link.session import Session
from eventray_core.placement.slots import SLOTS
from eventray_core.placement.view import EMPTY_VIEW, Member, Ownership, View
from eventray_core.routing.interests import Interests, NotStarted, Started
from eventray_core.routing.shards import Shards

KEY = "api/news/europe"
WIDE = "api/news/*"


class Cluster:
    """The shards that a gateway knows; the first named owns all slots."""

    def __init__(self) -> None:
        self.shards = Shards()
        self.interests = Interests(self.shards)
        self.operations = 0

    def owned_by(self, *shards: str) -> None:
        """A new view."""
        before = self.shards.view
        epoch = before.epoch + 1
        members = {name: Member(name, name, "h:1") for name in shards}
        owner = shards[0] if shards else None
        same = before.slots[0].owner == owner
        slot = before.slots[0] if same else Ownership(owner, epoch)
        self.shards.view = View(epoch, {}, members, (slot,) * SLOTS)
        old = self.shards.sessions
        self.shards.sessions = {name: old.get(name, Session(name)) for name in shards}
        self.interests.view_changed(before, 1)

    def subscribe(self, key: str, token: str, deadline: float = 10.0) -> None:
        self.interests.subscribe(key, token, 1, deadline)

    def answer(self, shard: str, operation: int, outcome: Outcome = Outcome.OK) -> None:
        self.interests.answered(shard, Subscribed(operation, outcome))

    def effects(self) -> list[Started | NotStarted]:
        self.interests.check_invariants()
        return self.interests.take_effects()


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    assert cluster.shards.view is EMPTY_VIEW
    cluster.owned_by("s1")
    return cluster


def test_only_the_first_and_the_last_cross_the_link(cluster: Cluster) -> None:
    session = cluster.shards.sessions["s1"]
    before = session.last
    cluster.subscribe(KEY, "a")
    cluster.subscribe(KEY, "b")
    assert session.last == before + 1
    assert cluster.effects() == []
    cluster.answer("s1", 1)
    assert cluster.effects() == [Started("a"), Started("b")]
    cluster.subscribe(KEY, "c")
    assert cluster.effects() == [Started("c")]
    for token in "abc":
        assert session.last == before + 1
        cluster.interests.unsubscribe(KEY, token)
    assert session.last == before + 2
    assert len(cluster.interests) == 0


def test_what_is_unsubscribed_before_it_starts_never_does(cluster: Cluster) -> None:
    cluster.subscribe(KEY, "a")
    cluster.interests.unsubscribe(KEY, "a")
    cluster.answer("s1", 1)
    assert cluster.effects() == []


def test_a_new_owner_is_asked_what_the_old_one_did_not_answer(cluster: Cluster) -> None:
    cluster.subscribe(KEY, "a")
    cluster.owned_by("s2", "s1")
    cluster.answer("s1", 1)
    assert cluster.effects() == [], "the old owner's word counts no more"
    cluster.answer("s2", 2)
    assert cluster.effects() == [Started("a")]


def test_moved_waits_for_the_view_that_says_where_to(cluster: Cluster) -> None:
    cluster.subscribe(KEY, "a")
    cluster.answer("s1", 1, Outcome.MOVED)
    assert cluster.effects() == []
    cluster.owned_by("s2", "s1")
    cluster.answer("s2", 2)
    assert cluster.effects() == [Started("a")]


def test_a_live_one_is_registered_with_new_owners_and_not_asked_again(cluster: Cluster) -> None:
    cluster.subscribe(KEY, "a")
    cluster.answer("s1", 1)
    cluster.effects()
    cluster.owned_by("s2")
    assert cluster.shards.sessions["s2"].last == 1, "one registration"
    assert cluster.effects() == []
    assert cluster.interests.is_live(KEY)


def test_a_namespace_wide_pattern_starts_when_all_shards_have_it() -> None:
    cluster = Cluster()
    cluster.owned_by("s1", "s2", "s3")
    cluster.subscribe(WIDE, "a")
    cluster.answer("s1", 1)
    cluster.answer("s3", 3)
    assert cluster.effects() == []
    cluster.answer("s2", 2)
    assert cluster.effects() == [Started("a")]


def test_a_shard_that_goes_need_not_answer_and_one_that_comes_must() -> None:
    cluster = Cluster()
    cluster.owned_by("s1", "s2")
    cluster.subscribe(WIDE, "a")
    cluster.answer("s1", 1)
    cluster.owned_by("s1", "s3")
    assert cluster.effects() == []
    cluster.answer("s3", 3)
    assert cluster.effects() == [Started("a")]


def test_what_cannot_be_confirmed_fails_for_all_who_wait(cluster: Cluster) -> None:
    cluster.subscribe(KEY, "a")
    cluster.subscribe(KEY, "b")
    cluster.answer("s1", 1, Outcome.UNAVAILABLE)
    assert cluster.effects() == [NotStarted("a"), NotStarted("b")]
    assert len(cluster.interests) == 0


def test_time_runs_out_for_each_on_its_own(cluster: Cluster) -> None:
    cluster.subscribe(KEY, "a", deadline=1)
    cluster.subscribe(KEY, "b", deadline=2)
    cluster.interests.expire(1)
    assert cluster.effects() == [NotStarted("a")]
    cluster.answer("s1", 1)
    assert cluster.effects() == [Started("b")]


def test_answers_to_nothing_are_ignored(cluster: Cluster) -> None:
    cluster.answer("s1", 99)
    cluster.subscribe(KEY, "a")
    cluster.answer("s2", 1)
    assert cluster.effects() == []
