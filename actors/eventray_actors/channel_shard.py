"""The shard actor: owns a `ShardState`, and moves for it whatever needs moving."""

import asyncio
import logging
import os
import uuid
from functools import partial
from typing import Any

from eventray_actors.links.addresses import fixed
from eventray_actors.links.connection import Receive
from eventray_actors.links.dialler import Dialler
from eventray_actors.links.listener import LinkListener
from eventray_actors.membership import MemberIdentity, Membership
from eventray_actors.shard_handlers import ShardHandlers
from eventray_actors.tasks import Tasks, every
from eventray_core.handling.invocation import HandledSubscribe
from eventray_core.handling.judging import HandledPublish
from eventray_core.link.envelopes import CheckCode, CodeText, Envelope, EvaluateCode, MemberKind
from eventray_core.link.handshake import Hello, Refusal
from eventray_core.link.session import Session
from eventray_core.log_level import LogLevel
from eventray_core.members import ShardConfig
from eventray_core.placement.view import Incarnation
from eventray_core.ports import LocateDirectory
from eventray_core.shard.handling import RunPublish, RunSubscribe
from eventray_core.shard.state import DialShard, DropGateway, DropShard, ShardState

_log = logging.getLogger(__name__)

TICK = 0.1


class ChannelShard:
    """Owns the channels of its slots: who wants them, and the order of their events.

    Starts itself. Ray restarts it empty: the directory gives it slots, and the gateways, which know their
    connections, say again what they want before a slot opens.
    """

    def __init__(self, config: ShardConfig, locate: LocateDirectory) -> None:
        self._config = config
        self._locate = locate
        self._tasks = Tasks()
        self._loop = asyncio.get_running_loop()
        self._listener = LinkListener(self, config.secret, config.timing.link_silence_ms / 1000, config.tls)
        self._handlers = ShardHandlers(self._log_level)
        self._begin()
        self._tasks.start(self._run(), config.name)

    def __repr__(self) -> str:
        return f"ChannelShard({self._config.name})"

    def _begin(self) -> None:
        """A new life, knowing nothing."""
        self.incarnation: Incarnation = str(uuid.uuid4())
        self._state = ShardState(self.incarnation, self._config.timing)
        self._membership: Membership | None = None
        self._diallers: dict[Incarnation, Dialler] = {}
        self._predecessors: dict[Incarnation, Session] = {}

    async def _run(self) -> None:
        await self._listener.start(self._config.host)
        self._join()
        await every(TICK, self._tick)

    def _tick(self) -> None:
        self._state.tick(self._loop.time())
        self._act()

    def _join(self) -> None:
        config = self._config
        identity = MemberIdentity(MemberKind.SHARD, config.name, self.incarnation, self._listener.address)
        state = self._state
        membership = Membership(identity, state.lease, config.timing, config.secret, config.tls)
        membership.open_slots = state.open_slots
        membership.receive = self._from_directory
        membership.removed = self._removed
        membership.session_changed = self._directory_changed
        membership.start(self._locate)
        self._membership = membership

    def _removed(self) -> None:
        """This life is over; begin another with empty hands."""
        self._tasks.start(self._begin_again(), "begin again")

    async def _begin_again(self) -> None:
        old, diallers = self._membership, list(self._diallers.values())
        if old is not None:
            old.leave()
        for peer in self._state.peers.values():
            self._listener.drop(peer.session)
        for session in self._predecessors.values():
            self._listener.drop(session)
        self._begin()
        self._join()
        for dialler in diallers:
            await dialler.stop()
        if old is not None:
            await old.stop()

    def _log_level(self, api_id: str) -> LogLevel:
        api = self._state.catalog.get(api_id)
        return LogLevel.NONE if api is None else api.log_level

    def _directory_changed(self, session: Session) -> None:
        self._state.directory = session
        self._handlers.codes.session_changed(session)

    def _from_directory(self, envelopes: list[Envelope]) -> None:
        now = self._loop.time()
        session = self._state.directory
        for envelope in envelopes:
            match envelope:
                case CodeText():
                    self._handlers.codes.received(envelope)
                case CheckCode() if session is not None:
                    self._handlers.check(envelope, session.send)
                case EvaluateCode() if session is not None:
                    self._handlers.evaluate(envelope, session.send)
                case _:
                    self._state.from_directory(envelope, now)
        for shard in [s for s in self._predecessors if s not in self._state.view.shards]:
            self._listener.drop(self._predecessors.pop(shard))
        self._act()

    def _act(self) -> None:
        """Carry out what the state asks for."""
        for effect in self._state.take_effects():
            match effect:
                case DialShard(member, session):
                    self._diallers[member.incarnation] = dialler = self._dialler_for(session)
                    dialler.start(fixed(member.address))
                case DropShard(shard):
                    dialler = self._diallers.pop(shard)
                    self._tasks.start(dialler.stop(), "drop a shard")
                case DropGateway(session):
                    self._listener.drop(session)
                case RunPublish():
                    self._handlers.run_publish(effect, partial(self._handled, self._state))
                case RunSubscribe(gateway, ask):
                    self._handlers.run_subscribe(
                        effect, partial(self._asked, self._state, gateway, ask.counter)
                    )

    def _handled(self, state: ShardState, ticket: int, result: HandledPublish) -> None:
        """A handler is done; this life may be another by now."""
        if state is self._state:
            state.handled(ticket, result, self._loop.time())
            self._act()

    def _asked(self, state: ShardState, gateway: Incarnation, counter: int, result: HandledSubscribe) -> None:
        if state is self._state:
            state.asked(gateway, counter, result)
            self._act()

    def _dialler_for(self, session: Session) -> Dialler:
        config = self._config
        silence = config.timing.link_silence_ms / 1000
        dialler = Dialler(MemberKind.SHARD, config.name, self.incarnation, config.secret, silence, config.tls)
        dialler.wanted = session.remote
        dialler.session_for = lambda incarnation: session
        return dialler

    # What the listener asks

    def admit(self, hello: Hello) -> Session | Refusal:
        """Member gateways and shards only; one that this shard does not know yet may come again."""
        if hello.kind is MemberKind.GATEWAY:
            return self._state.admit(hello.incarnation) or Refusal.UNKNOWN_MEMBER
        if hello.kind is MemberKind.SHARD and hello.incarnation in self._state.view.shards:
            return self._predecessors.setdefault(hello.incarnation, Session(hello.incarnation))
        return Refusal.UNKNOWN_MEMBER

    def linked(self, hello: Hello, session: Session) -> Receive:
        """Bytes of the link go to the state."""
        state = self._state
        if hello.kind is MemberKind.GATEWAY:
            return lambda envelopes: self._from_gateway(state, hello.incarnation, envelopes)
        return lambda envelopes: self._from_shard(state, envelopes)

    def _from_gateway(self, state: ShardState, gateway: Incarnation, envelopes: list[Envelope]) -> None:
        if state is not self._state:
            return
        try:
            state.from_gateway(gateway, envelopes, self._loop.time())
            self._act()
        except Exception:
            # What was confirmed may not have been done: only a new life keeps the promises.
            _log.exception("%s begins again", self._config.name)
            self._removed()

    def _from_shard(self, state: ShardState, envelopes: list[Envelope]) -> None:
        for envelope in envelopes:
            state.from_shard(envelope, self._loop.time())
        self._act()

    def unlinked(self, hello: Hello, session: Session) -> None:
        """Nothing is lost: the session waits for the next link, or for the gateway's removal."""
        _log.info("link from %s broke", hello.name)

    # What Ray calls

    async def status(self) -> dict[str, Any]:
        """Numbers for people and for the supervisor."""
        state, counters = self._state, self._state.publishing.counters
        return {
            "name": self._config.name,
            "pid": os.getpid(),
            "incarnation": self.incarnation,
            "address": self._listener.address,
            "epoch": state.view.epoch,
            "ready": state.lease.valid(self._loop.time()),
            "openSlots": len(state.open_slots()),
            "gateways": len(state.peers),
            "publishes": counters.publishes,
            "events": counters.events,
            "deliveries": counters.deliveries,
            **self._handlers.pool.status(),
        }

    async def stop(self) -> None:
        """End all links and tasks."""
        await self._listener.stop()
        await self._tasks.stop()
        await self._handlers.stop()
        if self._membership is not None:
            await self._membership.stop()
        for dialler in list(self._diallers.values()):
            await dialler.stop()
