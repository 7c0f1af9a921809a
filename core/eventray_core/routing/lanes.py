"""Publications, and questions to handlers, on their way: one lane per slot keeps their order across a change
of owner.

A publication is sent once. It is sent again only when a shard says MOVED, which means that nothing ran;
never after a link or a shard is lost, since its handlers may have run.
"""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from eventray_core.errors import EventRayError, ServiceUnavailableError
from eventray_core.handling.refusals import Refusal, error_of
from eventray_core.link.envelopes import Ask, Outcome, Publish
from eventray_core.placement.view import Incarnation
from eventray_core.routing.shards import Shards

MAX_BYTES = 64_000_000
"""Of events that have not ended, wherever they wait; more are refused until some have."""

Failures = Sequence[tuple[str, str, str]]
"""Events that a handler failed alone: id, code, message."""

MAX_HELD = 10_000
"""How many publications may wait for a slot to have an owner; more are refused."""


@dataclass(slots=True, eq=False)
class Sending:
    """One of them; the shell recognises it by `counter`. Compares by order of arrival."""

    publish: Publish | Ask
    deadline: float
    size: int
    shard: Incarnation | None = None

    def __lt__(self, other: "Sending") -> bool:
        return self.publish.counter < other.publish.counter


@dataclass(slots=True)
class Lane:
    """One slot's publications: some under way to one owner, later ones held behind them."""

    epoch: int = 0
    under_way: int = 0
    held: list[Sending] = field(default_factory=list)
    """Sorted by counter."""


def _size(publish: Publish | Ask) -> int:
    if isinstance(publish, Ask):
        return len(publish.caller.headers) + len(publish.caller.identity)
    return sum(map(len, publish.literals))


@dataclass(frozen=True, slots=True)
class PublicationEnded:
    """What has that counter is answered; `outcome` is never MOVED.

    With OK, `failed` are events that a handler failed alone, as (id, code, message).
    """

    counter: int
    outcome: Outcome
    failed: Failures = ()
    refusal: Refusal | None = None

    @property
    def error(self) -> EventRayError | None:
        """What the caller is told, None if all went well."""
        if self.outcome is Outcome.OK:
            return None
        return ServiceUnavailableError() if self.refusal is None else error_of(self.refusal)


class Lanes:
    """All publications of a gateway. Every one ends exactly once, in `take_ended`."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._sending: dict[int, Sending] = {}
        self._lanes: dict[int, Lane] = {}
        self._held = 0
        self._bytes = 0
        self._ended: list[PublicationEnded] = []

    @property
    def has_ended(self) -> bool:
        """Whether `take_ended` would return anything."""
        return bool(self._ended)

    def take_ended(self) -> list[PublicationEnded]:
        """The publications that ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def publish(self, publish: Publish | Ask, deadline: float) -> None:
        """Send one, or hold it behind others of its slot; its slot's epoch is filled in here."""
        sending = Sending(publish, deadline, _size(publish))
        self._sending[publish.counter] = sending
        self._bytes += sending.size
        if self._bytes > MAX_BYTES:
            self._end(sending, Outcome.UNAVAILABLE)
            return
        lane = self._lanes.get(publish.slot)
        if lane is None:
            lane = self._lanes[publish.slot] = Lane()
        if lane.held or not self._send(lane, sending):
            self._hold(lane, sending)

    def _send(self, lane: Lane, sending: Sending) -> bool:
        """Whether it went out: the slot has an owner, and no other owner has earlier ones still."""
        owner = self._shards.owner(sending.publish.slot)
        if owner is None or (lane.under_way and lane.epoch != owner[1]):
            return False
        sending.shard, lane.epoch, session = owner
        lane.under_way += 1
        if sending.publish.slot_epoch != lane.epoch:
            sending.publish = msgspec.structs.replace(sending.publish, slot_epoch=lane.epoch)
        session.send(sending.publish)
        return True

    def _hold(self, lane: Lane, sending: Sending) -> None:
        if self._held >= MAX_HELD:
            self._end(sending, Outcome.UNAVAILABLE)
            return
        sending.shard = None
        insort(lane.held, sending)
        self._held += 1

    def answered(
        self,
        shard: Incarnation,
        counter: int,
        outcome: Outcome,
        failed: Failures = (),
        refusal: Refusal | None = None,
    ) -> None:
        """A shard's answer; one from a shard that was not asked is ignored."""
        sending = self._sending.get(counter)
        if sending is None or sending.shard != shard:
            return
        lane = self._lanes[sending.publish.slot]
        lane.under_way -= 1
        if outcome is Outcome.MOVED:
            self._hold(lane, sending)
        else:
            self._end(sending, outcome, failed, refusal)
        if lane.held:
            self._release(lane)

    def _release(self, lane: Lane) -> None:
        """Send what is held, unless the owner that said MOVED is still the one we know."""
        owner = self._shards.owner(lane.held[0].publish.slot)
        if lane.under_way or owner is None or owner[1] == lane.epoch:
            return
        while lane.held and self._send(lane, lane.held[0]):
            lane.held.pop(0)
            self._held -= 1

    def view_changed(self) -> None:
        """The shards' view is new: those under way to a shard that is no member end, held ones go out."""
        for sending in [
            s for s in self._sending.values() if s.shard and s.shard not in self._shards.sessions
        ]:
            self._lanes[sending.publish.slot].under_way -= 1
            self._end(sending, Outcome.UNAVAILABLE)
        for lane in self._lanes.values():
            if lane.held:
                self._release(lane)

    def expire(self, now: float) -> None:
        """End those that waited too long for an owner or its answer; who waited behind them may go on."""
        lanes = {}
        for sending in self._late(now):
            lane = lanes[sending.publish.slot] = self._lanes[sending.publish.slot]
            if sending.shard is None:
                lane.held.remove(sending)
                self._held -= 1
            else:
                lane.under_way -= 1
            self._end(sending, Outcome.UNAVAILABLE)
        for lane in lanes.values():
            if lane.held:
                self._release(lane)

    def _late(self, now: float) -> list[Sending]:
        late = []
        for sending in self._sending.values():  # in order of arrival, so of deadlines
            if sending.deadline > now:
                break
            late.append(sending)
        return late

    def end_all(self) -> None:
        """The gateway lost its membership: nothing it is waiting for will come."""
        for sending in list(self._sending.values()):
            self._end(sending, Outcome.UNAVAILABLE)
        self._lanes.clear()
        self._held = 0

    def _end(
        self,
        sending: Sending,
        outcome: Outcome,
        failed: Failures = (),
        refusal: Refusal | None = None,
    ) -> None:
        del self._sending[sending.publish.counter]
        self._bytes -= sending.size
        self._ended.append(PublicationEnded(sending.publish.counter, outcome, failed, refusal))

    def under_way(self) -> Iterator[Sending]:
        """All that have not ended."""
        return iter(self._sending.values())

    def __len__(self) -> int:
        return len(self._sending)

    def check_invariants(self) -> None:
        """Raise if the books do not balance."""
        assert self._held == sum(len(lane.held) for lane in self._lanes.values())
        assert self._bytes == sum(sending.size for sending in self._sending.values())
        sent = [s for s in self._sending.values() if s.shard is not None]
        assert len(sent) == sum(lane.under_way for lane in self._lanes.values())
        for lane in self._lanes.values():
            assert lane.held == sorted(lane.held)
