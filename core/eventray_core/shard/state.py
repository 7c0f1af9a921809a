"""All of a channel shard: a sans-I/O state machine that speaks through `Session`s.

The shell moves the sessions' bytes, calls `tick`, and carries out what `take_effects` returns.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from eventray_core.api import Catalog
from eventray_core.link.envelopes import (
    ConfigChanged,
    Envelope,
    HandOver,
    Opened,
    Outcome,
    Publish,
    Renewed,
    Stuck,
    Subscribe,
    Subscribed,
    Sync,
    Unsubscribe,
    ViewChanged,
)
from eventray_core.link.session import Session
from eventray_core.members import Timing
from eventray_core.placement.lease import Lease
from eventray_core.placement.view import EMPTY_VIEW, Incarnation, Member, View
from eventray_core.shard.index import InterestIndex
from eventray_core.shard.peers import Peer, Peers
from eventray_core.shard.publishing import Publishing
from eventray_core.shard.slot import Phase, Slot


@dataclass(frozen=True, slots=True)
class DropGateway:
    """The gateway was removed from the membership: end the session's link."""

    session: Session


@dataclass(frozen=True, slots=True)
class DialShard:
    """There is something to hand over: connect the session to that shard."""

    member: Member
    session: Session


@dataclass(frozen=True, slots=True)
class DropShard:
    """The shard was removed from the membership: end the link to it."""

    shard: Incarnation


ShardEffect = DropGateway | DialShard | DropShard


class ShardState:
    """The slots of one shard. Times are monotonic seconds of its process."""

    def __init__(self, incarnation: Incarnation, timing: Timing) -> None:
        self.incarnation = incarnation
        self.view: View = EMPTY_VIEW
        self.catalog = Catalog()
        self.lease = Lease(timing.lease_ms / 1000)
        self.directory: Session | None = None
        """Set by the shell while it has one."""
        self.peers = Peers()
        self.slots: dict[int, Slot] = {}
        self.wide = InterestIndex()
        self.publishing = Publishing(
            self.peers, self.wide, self.lease, timing.confirm_ms / 1000, self._hand_over_if_drained
        )
        self._stuck = timing.stuck_ms / 1000
        self._successors: dict[Incarnation, Session] = {}
        self._early: dict[int, HandOver] = {}
        self._effects: list[ShardEffect] = []

    def take_effects(self) -> list[ShardEffect]:
        """What the shell must do now; call after every input."""
        effects, self._effects = self._effects, []
        return effects

    def open_slots(self) -> list[tuple[int, int]]:
        """What this shard serves, as (slot, epoch)."""
        return [(s.number, s.epoch) for s in self.slots.values() if s.phase is Phase.OPEN]

    # The directory speaks

    def from_directory(self, envelope: Envelope, now: float) -> None:
        """Take what the directory says."""
        match envelope:
            case Renewed(number):
                self.lease.confirmed(number)
            case ConfigChanged():
                self.catalog.take(envelope.version, envelope.whole, envelope.changed, envelope.removed)
                self._retry_waiting(now)
            case ViewChanged(view):
                self.view_changed(view, now)

    def view_changed(self, view: View, now: float) -> None:
        """Take over, hand over and let go as the new view says; older views are ignored."""
        if view.epoch <= self.view.epoch:
            return
        self.view = view
        self._let_go_of_members()
        for slot in list(self.slots.values()):
            self._reconsider(slot)
        self._take_over()
        self._open(self.slots.values(), now)
        self._retry_waiting(now)

    def _let_go_of_members(self) -> None:
        for gateway in [g for g in self.peers if g not in self.view.gateways]:
            peer = self.peers.pop(gateway)
            self.wide.drop(gateway)
            for slot in self.slots.values():
                slot.interests.drop(gateway)
                slot.forget(gateway)
            self.publishing.forget(peer)
            self._effects.append(DropGateway(peer.session))
        for shard in [s for s in self._successors if s not in self.view.shards]:
            del self._successors[shard]
            self._effects.append(DropShard(shard))

    def _take_over(self) -> None:
        for number, ownership in self.view.owned_by(self.incarnation):
            if number not in self.slots:
                early = self._early.pop(number, None)
                received = early if early and early.epoch == ownership.epoch else None
                self.slots[number] = Slot(number, ownership, ownership.epoch, received=received)
        self._early = {n: h for n, h in self._early.items() if h.epoch > self.view.epoch}

    def _reconsider(self, slot: Slot) -> None:
        """What a new view means for a slot held here."""
        ownership = self.view.slots[slot.number]
        if ownership.owner == self.incarnation and ownership.epoch == slot.epoch:
            return
        if slot.phase is not Phase.LEAVING:
            self._freeze(slot)
        if ownership.source == self.incarnation:
            self._hand_over_if_drained(slot)
        else:
            del self.slots[slot.number]

    def _freeze(self, slot: Slot) -> None:
        """Take nothing more; what waits goes to the new owner, by way of its gateways, in order."""
        slot.phase = Phase.LEAVING
        for held in slot.held:
            self.publishing.answer(held.gateway, held.publish.counter, Outcome.MOVED)
        for gateway, operation in slot.subscribes:
            self.peers.say(gateway, Subscribed(operation, Outcome.MOVED))
        slot.held.clear()
        slot.subscribes.clear()
        slot.interests = InterestIndex()

    def _hand_over_if_drained(self, slot: Slot) -> None:
        """The last confirmation is in (or nobody waits for it any more): the new owner may open."""
        if slot.phase is not Phase.LEAVING or slot.unconfirmed or self.slots.get(slot.number) is not slot:
            return
        del self.slots[slot.number]
        ownership = self.view.slots[slot.number]
        target = self.view.shards.get(ownership.owner or "")
        if target is None:
            return
        if target.incarnation not in self._successors:
            session = self._successors[target.incarnation] = Session(target.incarnation)
            self._effects.append(DialShard(target, session))
        self._successors[target.incarnation].send(
            HandOver(slot.number, ownership.epoch, slot.numbering_epoch, slot.next_seq)
        )

    def _open(self, slots: Iterable[Slot], now: float) -> None:
        """Begin to serve those that may; tell the directory, answer and release what waited."""
        opened = [slot for slot in slots if slot.may_open(self.view)]
        for slot in opened:
            slot.open()
            for gateway, operation in slot.subscribes:
                self.peers.say(gateway, Subscribed(operation, Outcome.OK))
            slot.subscribes.clear()
            self.publishing.release(slot, now)
        if opened and self.directory is not None:
            self.directory.send(Opened([(slot.number, slot.epoch) for slot in opened]))

    # Another shard speaks

    def from_shard(self, envelope: Envelope, now: float) -> None:
        """Take over what an old owner hands over, maybe before the view that says so."""
        if not isinstance(envelope, HandOver):
            return
        slot = self.slots.get(envelope.slot)
        if slot is not None and slot.phase is Phase.OPENING and slot.epoch == envelope.epoch:
            slot.received = envelope
            self._open([slot], now)
        elif envelope.epoch > self.view.epoch:
            self._early[envelope.slot] = envelope

    # Gateways speak

    def admit(self, gateway: Incarnation) -> Session | None:
        """The session for a member gateway's link; None if this shard does not know it as a member."""
        if gateway not in self.view.gateways:
            return None
        if gateway not in self.peers:
            self.peers[gateway] = Peer(Session(gateway))
        return self.peers[gateway].session

    def from_gateway(self, gateway: Incarnation, envelopes: Iterable[Envelope], now: float) -> None:
        """Take what a gateway says, after `Session.receive`, which may have brought confirmations too."""
        peer = self.peers.get(gateway)
        if peer is None:
            return
        if self.publishing.confirmed(peer):
            for slot in self.slots.values():
                self.publishing.release(slot, now)
        for envelope in envelopes:
            if peer.waiting or self._is_ahead(envelope):
                peer.waiting.append(envelope)
            else:
                self._take(gateway, envelope, now)

    def _is_ahead(self, envelope: Envelope) -> bool:
        """Whether the gateway knows a newer view or configuration than this shard."""
        match envelope:
            case Publish() | Subscribe():
                newer_config = envelope.config_version > self.catalog.version
                return newer_config or envelope.slot_epoch > self.view.epoch
            case Sync(epoch):
                return epoch > self.view.epoch
        return False

    def _retry_waiting(self, now: float) -> None:
        for gateway, peer in self.peers.items():
            while peer.waiting and not self._is_ahead(peer.waiting[0]):
                self._take(gateway, peer.waiting.popleft(), now)

    def _take(self, gateway: Incarnation, envelope: Envelope, now: float) -> None:
        match envelope:
            case Publish():
                self.publishing.publish(self.slots.get(envelope.slot), gateway, envelope, now)
            case Subscribe():
                self._subscribe(gateway, envelope, now)
            case Unsubscribe(slot, key):
                self._unsubscribe(gateway, slot, key)
            case Sync():
                self._sync(gateway, envelope, now)

    def _sync(self, gateway: Incarnation, sync: Sync, now: float) -> None:
        """Registration; replaces what the gateway wanted of the named slots and namespace-wide."""
        self.wide.replace(gateway, sync.wide)
        named = {number: slot for number, epoch in sync.slots if (slot := self._serving(number, epoch))}
        for slot in named.values():
            slot.interests.drop(gateway)
            slot.registered.add(gateway)
        for number, key in sync.interests:
            if number in named:
                named[number].interests.add(key, gateway)
        self._open(named.values(), now)

    def _serving(self, number: int, epoch: int) -> Slot | None:
        slot = self.slots.get(number)
        if slot is None or slot.epoch != epoch or slot.phase is Phase.LEAVING:
            return None
        return slot

    def _subscribe(self, gateway: Incarnation, request: Subscribe, now: float) -> None:
        outcome = Outcome.OK
        if not self.lease.valid(now):
            outcome = Outcome.UNAVAILABLE
        elif request.slot < 0:
            self.wide.add(request.key, gateway)
        elif (slot := self._serving(request.slot, request.slot_epoch)) is None:
            outcome = Outcome.MOVED
        else:
            slot.interests.add(request.key, gateway)
            if slot.phase is Phase.OPENING:
                slot.subscribes.append((gateway, request.operation))
                return
        self.peers.say(gateway, Subscribed(request.operation, outcome))

    def _unsubscribe(self, gateway: Incarnation, number: int, key: str) -> None:
        if number < 0:
            self.wide.remove(key, gateway)
        elif (slot := self.slots.get(number)) is not None:
            slot.interests.remove(key, gateway)

    # Time passes

    def tick(self, now: float) -> None:
        """Every 100 ms or so: answer what has waited too long, report gateways that take nothing."""
        self.publishing.expire(self.slots.values(), now)
        for gateway, peer in self.peers.items():
            if peer.over_since is not None and now - peer.over_since > self._stuck and self.directory:
                self.directory.send(Stuck(gateway))
                peer.over_since = now

    def check_invariants(self) -> None:
        """Raise if the books do not balance."""
        assert set(self.peers) <= set(self.view.gateways)
        for slot in self.slots.values():
            assert slot.unconfirmed >= 0
            assert slot.phase is Phase.LEAVING or self.view.slots[slot.number].owner == self.incarnation
            assert slot.phase is Phase.OPENING or not slot.subscribes
            assert slot.interests.gateways() <= set(self.peers)
