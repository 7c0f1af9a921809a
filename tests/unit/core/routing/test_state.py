"""A gateway follows the view, passes deliveries on in order, and ends everything when it is expelled."""

import msgspec
import pytest

from eventray_core.channel import Channel
from eventray_core.link.envelopes import (
    AnyEnvelope,
    ConfigChanged,
    Deliver,
    Envelope,
    Outcome,
    Publish,
    Published,
    Renewed,
    Subscribe,
    Subscribed,
    Sync,
    Unsubscribe,
    ViewChanged,
)
from eventray_core.members import Timing
from eventray_core.placement.slots import SLOTS, slot_of
from eventray_core.placement.view import Member, Ownership, View
from eventray_core.routing.interests import Started
from eventray_core.routing.lanes import PublicationEnded
from eventray_core.routing.state import DialShard, DropShard, GatewayState

API, PATH = "api", "/news/europe"
KEY = API + PATH
SLOT = slot_of(KEY)

_decode = msgspec.msgpack.Decoder(tuple[int, int, list[AnyEnvelope]]).decode


class Bench:
    """A gateway that has a lease and a configuration; the first shard of a view owns all slots."""

    def __init__(self, *shards: str) -> None:
        self.state = GatewayState("g1", Timing(lease_ms=10_000, confirm_ms=15_000))
        self.state.from_directory(Renewed(self.state.lease.sent(0.0)), 0.0)
        self.state.from_directory(ConfigChanged(1, True, []), 0.0)
        self.view(1, *shards)

    def view(self, epoch: int, *shards: str, source: str | None = None) -> None:
        members = {name: Member(name, name, f"{name}:1") for name in shards}
        old = self.state.view.slots[0]
        slot = (
            old if shards and old.owner == shards[0] else Ownership(next(iter(shards), None), epoch, source)
        )
        view = View(epoch, {"g1": Member("g1", "g1", "")}, members, (slot,) * SLOTS)
        self.state.from_directory(ViewChanged(view), 0.0)
        self.state.check_invariants()

    def link(self, shard: str) -> None:
        self.state.shards.sessions[shard].connect(0)

    def heard(self, shard: str) -> list[Envelope]:
        session = self.state.shards.sessions[shard]
        if not session.connected:
            session.connect(session.acked)
        frame = session.take_frame()
        return list(_decode(frame)[2]) if frame is not None else []

    def publish(self, literal: bytes = b'"1"') -> int:
        return self.state.publish(API, Channel(PATH), 3, ["id"], [literal], 0.0, "00-trace")


def deliver(epoch: int, seq: int = 0, slot: int = SLOT) -> Deliver:
    return Deliver(slot, epoch, seq, API, PATH, [b'"1"'])


def test_new_shards_are_dialled_and_registered_with_and_removed_ones_dropped() -> None:
    bench = Bench("s1")
    session = bench.state.shards.sessions["s1"]
    dials = [effect for effect in bench.state.take_effects() if isinstance(effect, DialShard)]
    assert [(dial.member.name, dial.session) for dial in dials] == [("s1", session)]
    assert bench.heard("s1") == [Sync(1, [(slot, 1) for slot in range(SLOTS)], [], [])]
    bench.view(2, "s1", "s2")
    assert bench.heard("s1") == []
    assert bench.heard("s2") == [Sync(2, [], [], [])]
    bench.state.take_effects()
    bench.view(3, "s2")
    assert bench.state.take_effects() == [DropShard("s1")]


def test_older_views_change_nothing() -> None:
    bench = Bench("s1")
    bench.view(1, "s2")
    bench.view(0, "s2")
    assert set(bench.state.shards.sessions) == {"s1"}


def test_a_publication_goes_to_the_owner_with_all_that_is_known_of_it() -> None:
    bench = Bench("s1")
    bench.heard("s1")
    counter = bench.publish()
    assert bench.heard("s1") == [
        Publish(counter, SLOT, 1, 1, 3, API, PATH, ["id"], [b'"1"'], 15_000, "00-trace"),
    ]
    bench.state.take_effects()
    ended = bench.state.from_shard("s1", [Published(counter, Outcome.OK)])
    assert ended == [PublicationEnded(counter, Outcome.OK)]
    assert not bench.state.has_effects


def test_what_a_shard_says_happens_in_the_order_in_which_it_says_it() -> None:
    bench = Bench("s1")
    bench.state.subscribe(KEY, "token", 0.0)
    counter = bench.publish()
    bench.state.take_effects()
    said: list[Envelope] = [
        deliver(1, 0),
        Subscribed(1, Outcome.OK),
        deliver(1, 1),
        Published(counter, Outcome.OK),
    ]
    assert bench.state.from_shard("s1", said) == [
        said[0],
        Started("token"),
        said[2],
        PublicationEnded(counter, Outcome.OK),
    ]


def test_a_shard_that_was_removed_is_not_listened_to() -> None:
    bench = Bench("s1")
    bench.view(2, "s2")
    assert bench.state.from_shard("s1", [deliver(1)]) == []


def test_an_old_owner_that_still_drains_is_listened_to() -> None:
    bench = Bench("s1", "s2")
    bench.view(2, "s2", "s1", source="s1")
    assert bench.state.from_shard("s1", [deliver(1)]) == [deliver(1)]


def test_a_straggler_is_dropped_once_the_next_owner_has_delivered() -> None:
    bench = Bench("s1", "s2")
    bench.view(2, "s2", "s1", source="s1")
    assert bench.state.from_shard("s2", [deliver(2)]) == [deliver(2)]
    assert bench.state.from_shard("s1", [deliver(1)]) == []
    assert bench.state.stale_deliveries == 1
    other = deliver(1, slot=(SLOT + 1) % SLOTS)
    assert bench.state.from_shard("s1", [other]) == [other], "each slot for itself"


def test_a_subscription_is_asked_for_and_taken_back() -> None:
    bench = Bench("s1")
    bench.heard("s1")
    bench.state.subscribe(KEY, "token", 0.0)
    assert bench.heard("s1") == [Subscribe(1, SLOT, 1, KEY, 1)]
    bench.state.unsubscribe(KEY, "token")
    bench.state.unsubscribe(KEY, "token")
    assert bench.heard("s1") == [Unsubscribe(SLOT, KEY)]
    assert bench.state.from_shard("s1", [Subscribed(1, Outcome.OK)]) == []


def test_what_waits_too_long_ends_a_little_after_the_shard_would_have_ended_it() -> None:
    bench = Bench("s1")
    counter = bench.publish()
    bench.state.take_effects()
    bench.state.tick(15.7)
    assert not bench.state.has_effects
    bench.state.tick(16.0)
    assert bench.state.take_effects() == [PublicationEnded(counter, Outcome.UNAVAILABLE)]


def test_expelled_it_ends_everything_and_begins_nothing() -> None:
    bench = Bench("s1")
    bench.state.subscribe(KEY, "token", 0.0)
    counter = bench.publish()
    bench.state.take_effects()
    bench.state.expelled()
    bench.state.check_invariants()
    assert bench.state.take_effects() == [DropShard("s1"), PublicationEnded(counter, Outcome.UNAVAILABLE)]
    bench.view(9, "s2")
    assert bench.state.from_shard("s1", [deliver(1)]) == []
    assert bench.state.take_effects() == []
    assert not bench.state.is_ready(0.0)


@pytest.mark.parametrize("missing", ["", "lease", "configuration", "link", "shards", "owner"])
def test_it_is_ready_when_nothing_is_missing(missing: str) -> None:
    bench = Bench(*([] if missing == "shards" else ["s1"]))
    if missing == "configuration":
        bench.state.catalog.version = 0
    if missing == "owner":
        slots = (Ownership(None, 2), *bench.state.view.slots[1:])
        bench.state.view_changed(msgspec.structs.replace(bench.state.view, epoch=2, slots=slots))
    if missing not in ("link", "shards"):
        bench.link("s1")
    now = 10.0 if missing == "lease" else 9.9
    assert bench.state.is_ready(now) is (missing == "")
