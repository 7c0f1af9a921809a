"""All of a channel shard: a sans-I/O state machine that speaks through `Session`s.

The shell moves the sessions' bytes, calls `tick`, and carries out what `take_effects` returns.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from eventray_core.catalog import Catalog
from eventray_core.errors import ServiceUnavailableError
from eventray_core.handling.invocation import HandledSubscribe
from eventray_core.handling.judging import HandledPublish
from eventray_core.handling.refusals import refusal_of
from eventray_core.link.envelopes import (
    Ask,
    ConfigChanged,
    Envelope,
    HandOver,
    Opened,
    Outcome,
    Publish,
    Published,
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
from eventray_core.namespace import ChannelNamespace
from eventray_core.placement.lease import Lease
from eventray_core.placement.view import EMPTY_VIEW, Incarnation, Member, Ownership, View
from eventray_core.shard.earlier import EarlierNamespaces
from eventray_core.shard.handling import HandlerEffect, RunSubscribe
from eventray_core.shard.handover import HandOvers
from eventray_core.shard.index import InterestIndex
from eventray_core.shard.peers import Peer, Peers
from eventray_core.shard.publishing import Publishing
from eventray_core.shard.slot import Phase, Slot
from eventray_core.shard.subscribing import Subscribing


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


ShardEffect = DropGateway | DialShard | DropShard | HandlerEffect


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
        # A gateway may know the old configuration for as long as its lease lasts.
        keep = (timing.lease_ms + timing.confirm_ms) / 1000
        self._namespaces = EarlierNamespaces(self.catalog, keep)
        self.publishing = Publishing(
            self.peers, self.wide, self.lease, self._namespaces, timing.confirm_ms / 1000, self._drained
        )
        self.subscribing = Subscribing(self.peers, self.slots, self.wide, self.lease)
        self._stuck = timing.stuck_ms / 1000
        self._hand_overs = HandOvers()
        self._effects: list[ShardEffect] = []

    def take_effects(self) -> list[ShardEffect]:
        """What the shell must do now; call after every input."""
        effects: list[ShardEffect] = [*self._effects, *self.publishing.handlers.effects]
        self._effects = []
        self.publishing.handlers.effects = []
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
                self._namespaces.take(envelope, now)
                self._retry_waiting(now)
            case ViewChanged(view):
                self.view_changed(view, now)

    def view_changed(self, view: View, now: float) -> None:
        """Take over, hand over and let go as the new view says; older views are ignored."""
        if view.epoch <= self.view.epoch:
            return
        before, self.view = self.view, view
        for number, (old, new) in enumerate(zip(before.slots, view.slots, strict=True)):
            if new.epoch != old.epoch:
                self._owner_changed(number, new, now)
        self._hand_overs.forget_until(view.epoch)
        self._let_go_of_members(now)
        self._open(self.slots.values(), now)
        for slot in self.slots.values():
            self.publishing.release(slot, now)
        self._retry_waiting(now)

    def _owner_changed(self, number: int, ownership: Ownership, now: float) -> None:
        if number in self.slots:
            self._freeze(self.slots[number], now)
        if ownership.owner == self.incarnation:
            self._take_over(number, ownership)
        elif ownership.source == self.incarnation:
            self._hand_over(number)
        elif (slot := self.slots.pop(number, None)) is not None:
            self.publishing.abandon(slot)

    def _freeze(self, slot: Slot, now: float) -> None:
        """Take nothing more; what waits goes to the new owner, by way of its gateways, in order.

        What handlers have worked on or work on still cannot: it is sent from here, before the hand-over.
        """
        publishes, subscribes = slot.freeze()
        self.publishing.leave(slot, now)
        for held in publishes:
            self.publishing.answer(held.gateway, held.publish.counter, Outcome.MOVED)
        for gateway, operation in subscribes:
            self.peers.say(gateway, Subscribed(operation, Outcome.MOVED))

    def _take_over(self, number: int, ownership: Ownership) -> None:
        slot = self.slots.get(number)
        if slot is None:
            slot = self.slots[number] = Slot(number, ownership, ownership.epoch)
        else:
            slot.take_back(ownership)
        slot.received = self._hand_overs.take(number, ownership.epoch)

    def _hand_over(self, number: int) -> None:
        """Let the new owner open, once the last confirmation is in or nobody waits for it any more.

        If there is nothing (any more) to hand over, the new owner must still hear that.
        """
        slot = self.slots.get(number)
        if slot is not None and not slot.is_settled:
            return
        self.slots.pop(number, None)
        ownership = self.view.slots[number]
        target = self.view.shards[ownership.owner or ""]
        numbering = (slot.numbering_epoch, slot.next_seq) if slot else (ownership.epoch, 0)
        session = self._hand_overs.send(target.incarnation, HandOver(number, ownership.epoch, *numbering))
        if session is not None:
            self._effects.append(DialShard(target, session))

    def _drained(self, slot: Slot) -> None:
        """The last of the slot's publications is settled."""
        if slot.phase is Phase.LEAVING and self.slots.get(slot.number) is slot:
            self._hand_over(slot.number)

    def _let_go_of_members(self, now: float) -> None:
        for gateway in [g for g in self.peers if g not in self.view.gateways]:
            peer = self.peers.pop(gateway)
            self.wide.drop(gateway)
            for slot in self.slots.values():
                slot.forget(gateway)
            self.publishing.forget(peer, now)
            self._effects.append(DropGateway(peer.session))
        self._effects += [DropShard(s) for s in self._hand_overs.drop_all_but(self.view.shards)]

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
        if envelope.epoch > self.view.epoch:
            self._hand_overs.keep(envelope)
        elif slot is not None and slot.phase is Phase.OPENING and slot.epoch == envelope.epoch:
            slot.received = envelope
            self._open([slot], now)

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
        if self.publishing.confirmed(peer, now):
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
            case Publish() | Subscribe() | Ask():
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
            case Ask():
                self._ask(gateway, envelope, now)
            case Subscribe():
                self.subscribing.subscribe(gateway, envelope, now)
            case Unsubscribe(slot, key):
                self.subscribing.unsubscribe(gateway, slot, key)
            case Sync():
                self._open(self.subscribing.sync(gateway, envelope), now)

    # Handlers

    def handled(self, ticket: int, result: HandledPublish, now: float) -> None:
        """What became of a `RunPublish`."""
        self.publishing.handled(ticket, result, now)

    def _ask(self, gateway: Incarnation, ask: Ask, now: float) -> None:
        """Have a subscription's handler run. It registers nothing, so its slot need not be open."""
        slot = self.slots.get(ask.slot)
        namespace = self._namespace_of(ask)
        if slot is None or slot.epoch != ask.slot_epoch or slot.phase is Phase.LEAVING:
            self.publishing.answer(gateway, ask.counter, Outcome.MOVED)
        elif not self.lease.valid(now):
            self.publishing.answer(gateway, ask.counter, Outcome.UNAVAILABLE)
        elif namespace is None:
            self.publishing.answer(gateway, ask.counter, Outcome.OK)
        else:
            self._effects.append(RunSubscribe(gateway, ask, namespace))

    def _namespace_of(self, ask: Ask) -> ChannelNamespace | None:
        namespace = self._namespaces.find(ask.api_id, ask.path, ask.config_version)
        return namespace if namespace is not None and namespace.handles_subscribe else None

    def asked(self, gateway: Incarnation, counter: int, result: HandledSubscribe) -> None:
        """What became of a `RunSubscribe`."""
        if isinstance(result.error, ServiceUnavailableError):
            self.publishing.answer(gateway, counter, Outcome.UNAVAILABLE)
        elif result.error is not None:
            refusal = refusal_of(result.error)
            self.peers.say(gateway, Published(counter, Outcome.REFUSED, (), refusal))
        else:
            self.publishing.answer(gateway, counter, Outcome.OK)

    # Time passes

    def tick(self, now: float) -> None:
        """Every 100 ms or so: answer what has waited too long, report gateways that take nothing."""
        self.publishing.expire(self.slots.values(), now)
        if self.directory is None or not self.directory.connected:
            return  # what is told later may not be true any more
        for gateway, peer in self.peers.items():
            if peer.over_since is not None and now - peer.over_since > self._stuck:
                self.directory.send(Stuck(gateway))
                peer.over_since = now

    def check_invariants(self) -> None:
        """Raise if the books do not balance."""
        assert set(self.peers) <= set(self.view.gateways)
        for slot in self.slots.values():
            assert slot.unconfirmed >= 0
            ownership = self.view.slots[slot.number]
            assert (slot.ownership == ownership) == (slot.phase is not Phase.LEAVING)
            if slot.phase is Phase.LEAVING:
                assert not slot.is_settled
                assert ownership.source == self.incarnation
            assert slot.phase is Phase.OPENING or not slot.subscribes
            assert slot.interests.gateways() <= set(self.peers)
