"""The gateway's side of the cluster: owns a `GatewayState`, and moves for it whatever needs moving."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

from eventray_actors.links.addresses import fixed
from eventray_actors.links.dialler import Dialler
from eventray_actors.membership import MemberIdentity, Membership
from eventray_actors.tasks import Tasks, every
from eventray_core.catalog import Catalog
from eventray_core.certificates import Certificates
from eventray_core.channel import Channel, ChannelKey, ChannelPattern
from eventray_core.handling.context import Caller
from eventray_core.iam import IamCatalog
from eventray_core.link.envelopes import (
    CertificatesChanged,
    ControlReply,
    Deliver,
    Envelope,
    MemberKind,
    Outcome,
    UsersChanged,
)
from eventray_core.link.session import Session
from eventray_core.members import GatewayConfig
from eventray_core.placement.view import Incarnation
from eventray_core.ports import LinkAddress, LocateDirectory
from eventray_core.routing.interests import NotStarted, Started
from eventray_core.routing.lanes import PublicationEnded
from eventray_core.routing.state import AccessNarrowed, DialShard, DropShard, GatewayState, RoutingEffect
from eventray_gateway.control.directory_calls import DirectoryCalls

_log = logging.getLogger(__name__)

TICK = 0.1

Ended = Callable[[PublicationEnded], None]


class Subscriber(Protocol):
    """One subscription of one connection; compares by identity."""

    def __hash__(self) -> int: ...

    def started(self) -> None:
        """From here on its events come."""

    def not_started(self) -> None:
        """It could not be confirmed."""


class Router:
    """Publications and subscriptions of this gateway, and what it hears and asks of the directory.

    `deliver` gets events for this gateway's connections, `expelled` is called when every connection must be
    closed because this incarnation's membership, and with it the promise of no gaps, has ended, `narrowed`
    when APIs do not allow any more all that they allowed. `certified` gets the certificates to show, again
    and again.
    """

    def __init__(self, config: GatewayConfig, locate: LocateDirectory, address: LinkAddress) -> None:
        self.deliver: Callable[[ChannelKey, list[bytes]], None] = lambda key, literals: None
        self.expelled: Callable[[], None] = lambda: None
        self.narrowed: Callable[[frozenset[str]], None] = lambda api_ids: None
        self.certified: Callable[[Certificates], None] = lambda certificates: None
        self._config = config
        self._locate = locate
        self._address = address
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks()
        self._catalog = Catalog()
        self.users = IamCatalog()
        self.calls = DirectoryCalls(config.timing.control_ms)
        self._begin()

    def _begin(self) -> None:
        self.incarnation: Incarnation = str(uuid.uuid4())
        self.state = GatewayState(self.incarnation, self._config.timing)
        # The configuration outlives a membership, so that requests meanwhile get the right answer.
        self.state.catalog = self._catalog
        self._was_member = False
        self._ended: dict[int, Ended] = {}
        self._diallers: dict[Incarnation, Dialler] = {}
        self._membership: Membership | None = None

    def start(self) -> None:
        """Join the cluster and stay in it."""
        self._join()
        self._tasks.start(self._tick_for_ever(), "tick")

    def _join(self) -> None:
        config = self._config
        identity = MemberIdentity(MemberKind.GATEWAY, config.name, self.incarnation, self._address)
        membership = Membership(identity, self.state.lease, config.timing, config.secret, config.tls)
        membership.receive = self._from_directory
        membership.removed = self._lose_membership
        membership.session_changed = self.calls.session_changed
        membership.start(self._locate)
        self._membership = membership

    async def _tick_for_ever(self) -> None:
        await every(TICK, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        if self.state.lease.valid(now):
            self._was_member = True
        elif self._was_member:
            _log.warning("%s has lost its lease", self._config.name)
            self._lose_membership()
        self.state.tick(now)
        self._act(self.state.take_effects())

    def _lose_membership(self) -> None:
        """No subscription survives a gap: close all, end all, begin anew."""
        state, membership = self.state, self._membership
        if membership is not None:
            membership.leave()
        state.expelled()
        self.expelled()
        self.calls.session_changed(None)
        self._act(state.take_effects())
        self._begin()
        self._join()
        if membership is not None:
            self._tasks.start(membership.stop(), "leave")

    # The directory and the shards speak

    def _from_directory(self, envelopes: list[Envelope]) -> None:
        now = self._loop.time()
        for envelope in envelopes:
            match envelope:
                case ControlReply():
                    self.calls.answered(envelope)
                case UsersChanged(whole, changed, removed):
                    self.users.take(whole, changed, removed)
                case CertificatesChanged(certificates):
                    self.certified(certificates)
                case _:
                    self.state.from_directory(envelope, now)
        self._act(self.state.take_effects())

    def _from_shard(self, state: GatewayState, shard: Incarnation, envelopes: list[Envelope]) -> None:
        if state is not self.state:
            return
        self._act(state.from_shard(shard, envelopes))
        self._act(state.take_effects())

    def _act(self, happened: Sequence[Deliver | RoutingEffect]) -> None:
        for what in happened:
            try:
                self._do(what)
            except Exception:
                # The rest of what the shard said is confirmed already: it must be done in any case.
                _log.exception("%s could not do %s", self._config.name, type(what).__name__)

    def _do(self, what: Deliver | RoutingEffect) -> None:
        match what:
            case Deliver():
                self.deliver(what.api_id + what.path, what.literals)
            case PublicationEnded(counter):
                self._ended.pop(counter)(what)
            case Started(token):
                token.started()  # type: ignore[attr-defined]
            case NotStarted(token):
                token.not_started()  # type: ignore[attr-defined]
            case AccessNarrowed(api_ids):
                self.narrowed(api_ids)
            case DialShard(member, session):
                self._dial(member.incarnation, member.address, session)
            case DropShard(shard):
                self._tasks.start(self._diallers.pop(shard).stop(), "drop a shard")

    def _dial(self, shard: Incarnation, address: LinkAddress, session: Session) -> None:
        config, state = self._config, self.state
        silence = config.timing.link_silence_ms / 1000
        dialler = Dialler(
            MemberKind.GATEWAY, config.name, self.incarnation, config.secret, silence, config.tls
        )
        dialler.wanted = shard
        dialler.session_for = lambda incarnation: session
        dialler.receive = lambda envelopes: self._from_shard(state, shard, envelopes)
        dialler.start(fixed(address))
        self._diallers[shard] = dialler

    # Connections and publishers ask

    @property
    def catalog(self) -> Catalog:
        """The APIs as this gateway knows them."""
        return self._catalog

    def publish(  # noqa: PLR0913 - the facts of one publication
        self,
        api_id: str,
        channel: Channel,
        ids: list[str],
        literals: list[bytes],
        ended: Ended,
        traceparent: str | None = None,
        caller: Caller | None = None,
    ) -> None:
        """Send events to all that subscribe; `ended` is called once, later, never from within.

        There is a `caller` where the namespace has handlers.
        """
        api = self._catalog.get(api_id)
        namespace = api.namespaces.get(channel.namespace) if api else None
        version = namespace.version if namespace else 0
        now = self._loop.time()
        if not self.state.lease.valid(now):
            self._loop.call_soon(ended, PublicationEnded(0, Outcome.UNAVAILABLE))
            return
        counter = self.state.publish(api_id, channel, version, ids, literals, now, traceparent, caller)
        self._ended[counter] = ended
        self._soon()

    def ask(self, api_id: str, pattern: ChannelPattern, caller: Caller, ended: Ended) -> None:
        """Ask the namespace's handler whether the caller may subscribe; `ended` as for `publish`."""
        now = self._loop.time()
        if not self.state.lease.valid(now):
            self._loop.call_soon(ended, PublicationEnded(0, Outcome.UNAVAILABLE))
            return
        self._ended[self.state.ask(api_id, pattern, caller, now)] = ended
        self._soon()

    def subscribe(self, key: ChannelKey, subscriber: Subscriber) -> None:
        """Ends in `started` or `not_started`, later, unless `unsubscribe` comes first."""
        self.state.subscribe(key, subscriber, self._loop.time())
        self._soon()

    def unsubscribe(self, key: ChannelKey, subscriber: Subscriber) -> None:
        """Harmless if it never subscribed."""
        self.state.unsubscribe(key, subscriber)

    def _soon(self) -> None:
        """Carry out what the state decided at once, after the caller is done."""
        if self.state.has_effects:
            self._loop.call_soon(self._settle)

    def _settle(self) -> None:
        self._act(self.state.take_effects())

    def is_ready(self) -> bool:
        """Whether traffic can be served."""
        return self.state.is_ready(self._loop.time())

    def link_queues(self) -> dict[str, int]:
        """Bytes that wait on each link, by shard name."""
        sessions = self.state.shards.sessions
        return {m.name: sessions[i].unacked_bytes for i, m in self.state.view.shards.items() if i in sessions}

    async def stop(self) -> None:
        """End all links."""
        await self._tasks.stop()
        if self._membership is not None:
            await self._membership.stop()
        for dialler in list(self._diallers.values()):
            await dialler.stop()
