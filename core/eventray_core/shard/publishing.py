"""A publication on its shard: numbered, handed to the gateways that want it, answered when all confirmed."""

from collections import deque
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass

from eventray_core.link.envelopes import Deliver, Outcome, Publish, Published
from eventray_core.link.session import encode
from eventray_core.placement.lease import Lease
from eventray_core.placement.view import Incarnation
from eventray_core.shard.index import InterestIndex
from eventray_core.shard.peers import Peer, Peers, Pending
from eventray_core.shard.slot import MAX_HELD_PUBLISHES, Held, Phase, Slot


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
        confirm: float,
        drained: Callable[[Slot], None],
    ) -> None:
        self.counters = ShardCounters()
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
            if slot.phase is Phase.OPENING or slot.held or self._is_blocked(audience, now):
                self._hold(slot, Held(gateway, publish, now + publish.budget_ms / 1000))
            else:
                self._route(slot, gateway, publish, audience, now)

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
        self, slot: Slot, origin: Incarnation, publish: Publish, audience: Set[Incarnation], now: float
    ) -> None:
        count = len(publish.literals)
        self.counters.publishes += 1
        self.counters.events += count
        first = slot.take_numbers(count)
        if not audience:
            self.answer(origin, publish.counter, Outcome.OK)
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
        pending = Pending(origin, publish.counter, slot, len(audience), now + self._confirm)
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
        self.answer(pending.gateway, pending.counter, outcome)
        if pending.slot.unconfirmed == 0:
            self._drained(pending.slot)

    def release(self, slot: Slot, now: float) -> None:
        """Go on with what waited for the slot, in order, as far as that is possible."""
        while slot.held and slot.phase is Phase.OPEN:
            held = slot.held[0]
            if held.deadline <= now or not self._lease.valid(now):
                self.answer(held.gateway, held.publish.counter, Outcome.UNAVAILABLE)
            elif self._is_blocked(audience := self._audience(slot, held.publish), now):
                return
            else:
                self._route(slot, held.gateway, held.publish, audience, now)
            slot.held.popleft()

    def expire(self, slots: Iterable[Slot], now: float) -> None:
        """Answer those whose time is up: unconfirmed publications, and publishes that still wait.

        What waited behind one of these may go on.
        """
        while self._pending and (self._pending[0].remaining == 0 or self._pending[0].deadline <= now):
            pending = self._pending.popleft()
            if pending.remaining:
                self._finish(pending, Outcome.UNAVAILABLE)
        for slot in slots:
            while slot.held and slot.held[0].deadline <= now:
                held = slot.held.popleft()
                self.answer(held.gateway, held.publish.counter, Outcome.UNAVAILABLE)
            self.release(slot, now)

    def answer(self, gateway: Incarnation, counter: int, outcome: Outcome) -> None:
        """Tell the publication's gateway how it ended."""
        if outcome is Outcome.MOVED:
            self.counters.moved += 1
        elif outcome is Outcome.UNAVAILABLE:
            self.counters.unavailable += 1
        self._peers.say(gateway, Published(counter, outcome))
