"""All that a gateway shares with the rest of the cluster, sans I/O: it speaks through `Session`s.

The shell moves the sessions' bytes, calls `tick`, and after every input carries out what `take_effects`
returns.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from eventray_core.catalog import Catalog
from eventray_core.channel import Channel, ChannelKey, ChannelPattern
from eventray_core.handling.context import Caller
from eventray_core.link.envelopes import (
    Ask,
    ConfigChanged,
    Deliver,
    Envelope,
    Publish,
    Published,
    Renewed,
    Subscribed,
    ViewChanged,
)
from eventray_core.link.session import Session
from eventray_core.members import Timing
from eventray_core.placement.lease import Lease
from eventray_core.placement.slots import slot_of
from eventray_core.placement.view import Incarnation, Member, View
from eventray_core.routing.interests import Interests, SubscriptionEffect, Token
from eventray_core.routing.lanes import Lanes, PublicationEnded
from eventray_core.routing.shards import Shards


@dataclass(frozen=True, slots=True)
class DialShard:
    """A shard joined: connect the session to it, and again whenever the link breaks."""

    member: Member
    session: Session


@dataclass(frozen=True, slots=True)
class DropShard:
    """A shard was removed from the membership: end the link to it."""

    shard: Incarnation


@dataclass(frozen=True, slots=True)
class AccessNarrowed:
    """These APIs do not allow all that they allowed: what is live under them is to be looked at again."""

    api_ids: frozenset[str]


RoutingEffect = DialShard | DropShard | AccessNarrowed | SubscriptionEffect | PublicationEnded


class GatewayState:
    """One life of a gateway. Times are monotonic seconds of its process."""

    def __init__(self, incarnation: Incarnation, timing: Timing) -> None:
        self.incarnation = incarnation
        self.catalog = Catalog()
        self.lease = Lease(timing.lease_ms / 1000)
        self.shards = Shards()
        self.lanes = Lanes(self.shards)
        self.interests = Interests(self.shards)
        self.stale_deliveries = 0
        self._budget_ms = timing.confirm_ms
        # A little longer than the shard's own patience, which gives the better answer.
        self._patience = timing.confirm_ms / 1000 + 0.8
        self._last_publication = 0
        self._newest: dict[int, int] = {}
        """By slot, the epoch of its latest delivery."""
        self._is_expelled = False
        self._effects: list[RoutingEffect] = []

    def take_effects(self) -> list[RoutingEffect]:
        """What the shell must do now."""
        effects = self._effects
        effects += self.lanes.take_ended()
        effects += self.interests.take_effects()
        self._effects = []
        return effects

    @property
    def has_effects(self) -> bool:
        """Whether `take_effects` would return anything."""
        return bool(self._effects) or self.lanes.has_ended or self.interests.has_effects

    @property
    def view(self) -> View:
        """The newest known."""
        return self.shards.view

    # The directory speaks

    def from_directory(self, envelope: Envelope, now: float) -> None:
        """Take what the directory says."""
        match envelope:
            case Renewed(number):
                self.lease.confirmed(number)
            case ConfigChanged(version, whole, changed, removed):
                if narrowed := self.catalog.take(version, whole, changed, removed):
                    self._effects.append(AccessNarrowed(narrowed))
            case ViewChanged(view):
                self.view_changed(view)

    def view_changed(self, view: View) -> None:
        """Meet new shards, leave removed ones, register with new owners of slots; older views are ignored."""
        before = self.shards.view
        if view.epoch <= before.epoch or self._is_expelled:
            return
        self.shards.view = view
        sessions = self.shards.sessions
        for shard in [s for s in sessions if s not in view.shards]:
            del sessions[shard]
            self._effects.append(DropShard(shard))
        for shard, member in view.shards.items():
            if shard not in sessions:
                sessions[shard] = Session(shard)
                self._effects.append(DialShard(member, sessions[shard]))
        self.interests.view_changed(before, self.catalog.version)
        self.lanes.view_changed()

    # Shards speak

    def from_shard(self, shard: Incarnation, envelopes: Iterable[Envelope]) -> list[Deliver | RoutingEffect]:
        """Take what a shard says; returns deliveries and effects in the order in which they happen."""
        happened: list[Deliver | RoutingEffect] = []
        if shard not in self.shards.sessions:
            return happened
        for envelope in envelopes:
            match envelope:
                case Deliver():
                    if self._is_current(envelope):
                        happened.append(envelope)
                case Published(counter, outcome, failed, refusal):
                    self.lanes.answered(shard, counter, outcome, failed, refusal)
                    happened += self.lanes.take_ended()
                case Subscribed():
                    self.interests.answered(shard, envelope)
                    happened += self.interests.take_effects()
        return happened

    def _is_current(self, delivery: Deliver) -> bool:
        """False for a straggler: a later owner, who waited for the earlier one's answers, has delivered.

        So its publication was answered as unconfirmed long ago, and passing it on now would break the order.
        """
        if delivery.epoch < self._newest.get(delivery.slot, 0):
            self.stale_deliveries += 1
            return False
        self._newest[delivery.slot] = delivery.epoch
        return True

    # Connections and publishers ask

    def publish(  # noqa: PLR0913 - the facts of one envelope
        self,
        api_id: str,
        channel: Channel,
        namespace_version: int,
        ids: list[str],
        literals: list[bytes],
        now: float,
        traceparent: str | None = None,
        caller: Caller | None = None,
    ) -> int:
        """Send a publication; ends in a `PublicationEnded` with the number that is returned."""
        self._last_publication += 1
        publish = Publish(
            counter=self._last_publication,
            slot=slot_of(channel.key(api_id)),
            slot_epoch=0,
            config_version=self.catalog.version,
            namespace_version=namespace_version,
            api_id=api_id,
            path=channel.path,
            ids=ids,
            literals=literals,
            budget_ms=self._budget_ms,
            traceparent=traceparent,
            caller=caller,
        )
        self.lanes.publish(publish, now + self._patience)
        return self._last_publication

    def ask(self, api_id: str, pattern: ChannelPattern, caller: Caller, now: float) -> int:
        """Ask the namespace's handler whether the caller may subscribe; ends like a publication."""
        self._last_publication += 1
        ask = Ask(
            counter=self._last_publication,
            slot=slot_of(pattern.key(api_id)),
            slot_epoch=0,
            config_version=self.catalog.version,
            api_id=api_id,
            path=pattern.path,
            caller=caller,
        )
        self.lanes.publish(ask, now + self._patience)
        return self._last_publication

    def subscribe(self, key: ChannelKey, token: Token, now: float) -> None:
        """Ends in `Started` or `NotStarted`, unless `unsubscribe` comes first."""
        self.interests.subscribe(key, token, self.catalog.version, now + self._patience)

    def unsubscribe(self, key: ChannelKey, token: Token) -> None:
        """Harmless if the token never subscribed."""
        self.interests.unsubscribe(key, token)

    def tick(self, now: float) -> None:
        """Every 100 ms or so: end what has waited too long."""
        self.lanes.expire(now)
        self.interests.expire(now)

    def expelled(self) -> None:
        """This incarnation is no member any more: what is under way ends unconfirmed, and nothing begins."""
        self._is_expelled = True
        self.lanes.end_all()
        self.interests.end_all()
        self._effects.extend(DropShard(shard) for shard in self.shards.sessions)
        self.shards.sessions.clear()

    def is_ready(self, now: float) -> bool:
        """Whether traffic can be served: a lease, a configuration, links to all shards, no slot unowned."""
        view = self.view
        return (
            self.lease.valid(now)
            and self.catalog.version > 0
            and bool(self.shards.sessions)
            and all(session.connected for session in self.shards.sessions.values())
            and all(ownership.owner is not None for ownership in view.slots)
        )

    def check_invariants(self) -> None:
        """Raise if the books do not balance."""
        assert set(self.shards.sessions) == (set() if self._is_expelled else set(self.view.shards))
        self.lanes.check_invariants()
        self.interests.check_invariants()
