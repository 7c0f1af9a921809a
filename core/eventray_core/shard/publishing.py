"""A publication on its shard: numbered, handed to the gateways that want it, answered when all confirmed."""

from collections import deque
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

import msgspec

from eventray_core.errors import ServiceUnavailableError
from eventray_core.handling.judging import HandledPublish
from eventray_core.handling.refusals import refusal_of
from eventray_core.link.envelopes import Deliver, Outcome, Publish, Published
from eventray_core.link.session import encode
from eventray_core.placement.lease import Lease
from eventray_core.placement.view import Incarnation
from eventray_core.shard.earlier import EarlierNamespaces
from eventray_core.shard.handling import HandlerQueues
from eventray_core.shard.index import InterestIndex
from eventray_core.shard.peers import Failures, Peer, Peers, Pending
from eventray_core.shard.slot import MAX_HELD_PUBLISHES, Handling, Held, Phase, Slot


@dataclass(slots=True)
class ShardCounters:
    """Plain integers that only grow."""

    publishes: int = 0
    events: int = 0
    deliveries: int = 0
    """Envelopes to gateways, not frames to clients."""
    moved: int = 0
    unavailable: int = 0


class Publishing:
    """The publications of one shard.

    `drained` is called with a slot when the last of its publications is settled.
    """

    def __init__(
        self,
        peers: Peers,
        wide: InterestIndex,
        lease: Lease,
        namespaces: EarlierNamespaces,
        confirm: float,
        drained: Callable[[Slot], None],
    ) -> None:
        self.counters = ShardCounters()
        self.handlers = HandlerQueues(namespaces, self._handled)
        self._peers = peers
        self._wide = wide
        self._lease = lease
        self._confirm = confirm
        self._drained = drained
        self._pending: deque[Pending] = deque()

    def publish(self, slot: Slot | None, gateway: Incarnation, publish: Publish, now: float) -> None:
        """Take a publication, or answer why not."""
        if slot is None or slot.epoch != publish.slot_epoch or slot.phase is Phase.LEAVING:
            self.answer(gateway, publish.counter, Outcome.MOVED)
        elif not self._lease.valid(now):
            self.answer(gateway, publish.counter, Outcome.UNAVAILABLE)
        else:
            audience = self._audience(slot, publish)
            waits = slot.phase is Phase.OPENING or slot.held or slot.ready
            if waits or self._is_blocked(audience, now):
                self._hold(slot, Held(gateway, publish, now + publish.budget_ms / 1000))
            else:
                self._begin(slot, gateway, publish, audience, now)

    def _begin(
        self, slot: Slot, gateway: Incarnation, publish: Publish, audience: Set[Incarnation], now: float
    ) -> None:
        """Number and send it at once, or have its handler run first."""
        if not self.handlers.is_for(slot, publish):
            self._route(slot, gateway, publish, audience, now)
        elif self.handlers.is_full(slot):
            self.answer(gateway, publish.counter, Outcome.UNAVAILABLE)
        else:
            self.handlers.begin(slot, gateway, publish, now)

    def handled(self, ticket: int, result: HandledPublish, now: float) -> None:
        """A handler is done with a publish."""
        slot = self.handlers.handled(ticket, result, now)
        if slot is not None and slot.is_settled:
            self._drained(slot)

    def _handled(self, handling: Handling, now: float) -> None:
        """It is this publish's turn in its channel: answer it, or send on what is left of it."""
        handled, slot, counter = handling.handled, handling.slot, handling.publish.counter
        assert handled is not None
        if isinstance(handled.error, ServiceUnavailableError) or not self._lease.valid(now):
            self.answer(handling.gateway, counter, Outcome.UNAVAILABLE)
        elif handled.error is not None:
            self._peers.say(
                handling.gateway, Published(counter, Outcome.REFUSED, (), refusal_of(handled.error))
            )
        elif not handled.events:
            self.answer(handling.gateway, counter, Outcome.OK, _failures(handled))
        elif slot.phase is Phase.OPENING or slot.ready or self._is_blocked_for(handling, now):
            slot.ready.append(handling)
        else:
            self._send_on(handling, now)

    def _is_blocked_for(self, handling: Handling, now: float) -> bool:
        """What is leaving must not wait: the new owner waits for it."""
        slot = handling.slot
        leaving = slot.phase is Phase.LEAVING
        return not leaving and self._is_blocked(self._audience(slot, handling.publish), now)

    def _send_on(self, handling: Handling, now: float) -> None:
        handled, slot = handling.handled, handling.slot
        assert handled is not None
        literals = [event.literal for event in handled.events]
        publish = msgspec.structs.replace(handling.publish, literals=literals)
        audience = self._audience(slot, publish)
        self._route(slot, handling.gateway, publish, audience, now, _failures(handled))

    def leave(self, slot: Slot, now: float) -> None:
        """The slot goes to another shard: what handlers are done with goes out first."""
        while slot.ready:
            self._send_on(slot.ready.popleft(), now)

    def abandon(self, slot: Slot) -> None:
        """The slot is another's already: nothing that is under way here may still go out."""
        for handling in self.handlers.abandon(slot):
            self.answer(handling.gateway, handling.publish.counter, Outcome.UNAVAILABLE)

    def _hold(self, slot: Slot, held: Held) -> None:
        if len(slot.held) < MAX_HELD_PUBLISHES:
            slot.held.append(held)
        else:
            self.answer(held.gateway, held.publish.counter, Outcome.UNAVAILABLE)

    def _audience(self, slot: Slot, publish: Publish) -> Set[Incarnation]:
        return slot.interests.audience(publish.api_id + publish.path, self._wide)

    def _is_blocked(self, audience: Set[Incarnation], now: float) -> bool:
        """Whether a gateway that wants the channel has too much waiting already."""
        blocked = False
        for gateway in audience:
            peer = self._peers[gateway]
            if peer.is_over:
                blocked = True
                if peer.over_since is None:
                    peer.over_since = now
        return blocked

    def _route(
        self,
        slot: Slot,
        origin: Incarnation,
        publish: Publish,
        audience: Set[Incarnation],
        now: float,
        failed: Failures = (),
    ) -> None:
        count = len(publish.literals)
        self.counters.publishes += 1
        self.counters.events += count
        first = slot.take_numbers(count)
        if not audience:
            self.answer(origin, publish.counter, Outcome.OK, failed)
            return
        data = encode(
            Deliver(
                slot.number,
                slot.epoch,
                first,
                publish.api_id,
                publish.path,
                publish.literals,
                publish.traceparent,
            )
        )
        pending = Pending(origin, publish.counter, slot, len(audience), now + self._confirm, failed)
        for gateway in audience:
            peer = self._peers[gateway]
            peer.awaiting.append((peer.session.send_encoded(data), pending))
        self.counters.deliveries += len(audience)
        slot.unconfirmed += 1
        self._pending.append(pending)

    def confirmed(self, peer: Peer, now: float) -> bool:
        """Settle what the gateway has confirmed; True if it was over its bound and no longer is."""
        acked, awaiting = peer.session.acked, peer.awaiting
        while awaiting and awaiting[0][0] <= acked:
            self._settle(awaiting.popleft()[1], now)
        if peer.over_since is None or peer.is_over:
            return False
        peer.over_since = None
        return True

    def forget(self, peer: Peer, now: float) -> None:
        """The gateway was removed: nobody waits for it any more."""
        for _, pending in peer.awaiting:
            self._settle(pending, now)
        peer.awaiting.clear()

    def _settle(self, pending: Pending, now: float) -> None:
        """One gateway less to wait for.

        Without a lease its confirmation means nothing: it may have put the delivery aside, since it knows
        that this shard was removed.
        """
        if pending.remaining == 1:
            self._finish(pending, Outcome.OK if self._lease.valid(now) else Outcome.UNAVAILABLE)
        elif pending.remaining:
            pending.remaining -= 1

    def _finish(self, pending: Pending, outcome: Outcome) -> None:
        pending.remaining = 0
        pending.slot.unconfirmed -= 1
        self.answer(pending.gateway, pending.counter, outcome, pending.failed)
        if pending.slot.is_settled:
            self._drained(pending.slot)

    def release(self, slot: Slot, now: float) -> None:
        """Go on with what waited for the slot, in order, as far as that is possible."""
        while slot.ready and slot.phase is Phase.OPEN:
            if self._is_blocked_for(slot.ready[0], now):
                return
            self._send_on(slot.ready.popleft(), now)
        while slot.held and slot.phase is Phase.OPEN:
            held = slot.held[0]
            if held.deadline <= now or not self._lease.valid(now):
                self.answer(held.gateway, held.publish.counter, Outcome.UNAVAILABLE)
            elif self._is_blocked(audience := self._audience(slot, held.publish), now):
                return
            else:
                self._begin(slot, held.gateway, held.publish, audience, now)
            slot.held.popleft()

    def expire(self, slots: Iterable[Slot], now: float) -> None:
        """Answer those whose time is up: unconfirmed publications, and publishes that still wait.

        What waited behind one of these may go on.
        """
        while self._pending and (self._pending[0].remaining == 0 or self._pending[0].deadline <= now):
            pending = self._pending.popleft()
            if pending.remaining:
                self._finish(pending, Outcome.UNAVAILABLE)
        for handling in self.handlers.expire(now):
            self.answer(handling.gateway, handling.publish.counter, Outcome.UNAVAILABLE)
            if handling.slot.is_settled:
                self._drained(handling.slot)
        for slot in slots:
            self._expire_waiting(slot.ready, now)
            self._expire_waiting(slot.held, now)
            self.release(slot, now)

    def _expire_waiting(self, waiting: deque[Held] | deque[Handling], now: float) -> None:
        while waiting and waiting[0].deadline <= now:
            late = waiting.popleft()
            self.answer(late.gateway, late.publish.counter, Outcome.UNAVAILABLE)

    def answer(self, gateway: Incarnation, counter: int, outcome: Outcome, failed: Failures = ()) -> None:
        """Tell the publication's gateway how it ended; `failed` counts if it ended well."""
        if outcome is Outcome.MOVED:
            self.counters.moved += 1
        elif outcome is Outcome.UNAVAILABLE:
            self.counters.unavailable += 1
        self._peers.say(gateway, Published(counter, outcome, failed if outcome is Outcome.OK else ()))


def _failures(handled: HandledPublish) -> Failures:
    return tuple((failed.id, failed.code, failed.message) for failed in handled.failed)
