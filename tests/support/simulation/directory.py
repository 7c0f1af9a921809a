"""The directory's process, with the steps of `eventray_actors.namespace_directory`, and what outlives it."""

from dataclasses import dataclass
from functools import partial

from eventray_core.link.envelopes import (
    ConfigChanged,
    Envelope,
    Join,
    Opened,
    Removed,
    Renew,
    Renewed,
    Stuck,
    ViewChanged,
)
from eventray_core.link.handshake import Hello, Refusal
from eventray_core.link.session import Session, encode
from eventray_core.placement.directory_state import DirectoryEffect, DirectoryState, Expel, Probe
from eventray_core.placement.view import Incarnation, Member, View
from tests.support.simulation.links import Listener, Receive
from tests.support.simulation.membership import TIMING
from tests.support.simulation.network import Network
from tests.support.simulation.world import Action, Process

TICK = 0.5
PROBE_TIME = 0.002


@dataclass
class Store:
    """What a directory leaves behind."""

    terms: int = 0
    cluster: bytes | None = None
    version: int = 1

    def next_term(self) -> int:
        self.terms += 1
        return self.terms


class SimulatedDirectory:
    """One life of the directory."""

    def __init__(self, network: Network, process: Process, store: Store) -> None:
        self.process = process
        self.incarnation: Incarnation = process.name
        self.dies_at: str | None = None
        """`save` or `announce`: the next time it is about to do that, it dies."""
        self.died: Action = lambda: None
        """Called at its end."""
        self._network = network
        self._store = store
        self._sessions: dict[Incarnation, Session] = {}
        self._is_announcing = False
        self._expelled: list[Expel] = []
        self._probing: set[Incarnation] = set()
        lease = TIMING.lease_ms / 1000
        self.state = DirectoryState(lease, store.next_term(), store.cluster, process.clock())
        self.announced: View = self.state.view
        self.address = f"links of {process.name}"
        self._listener = Listener(network, process, self.address, self)
        process.handled = self.state.check_invariants
        process.every(TICK, lambda: self._act(self.state.tick(process.clock())))

    # What goes on by itself

    def _announce(self) -> None:
        view, saved, expelled = self.state.view, self.state.snapshot(), self._expelled
        self._expelled = []
        if view.epoch > self.announced.epoch:
            self.process.later(self.process.world.random.uniform(0, 0.02), lambda: self._save(saved))
            self.process.later(0.021, lambda: self._broadcast(view, expelled))
        else:
            self._finish(expelled)

    def _save(self, saved: bytes) -> None:
        if self.dies_at == "save":
            self.die()
        else:
            self._store.cluster = saved

    def _broadcast(self, view: View, expelled: list[Expel]) -> None:
        if self.dies_at == "announce":
            self.die()
            return
        self.announced = view
        data = encode(ViewChanged(view))
        for incarnation in (*view.gateways, *view.shards):
            if incarnation in self._sessions:
                self._sessions[incarnation].send_encoded(data)
        self._finish(expelled)

    def _finish(self, expelled: list[Expel]) -> None:
        for effect in expelled:
            self._expel(effect.incarnation)
        self._is_announcing = False
        self._act([])

    def die(self) -> None:
        """The process ends."""
        self.process.die(silent=False)
        self._network.died(self.process)
        self.died()

    def _expel(self, incarnation: Incarnation) -> None:
        session = self._sessions.get(incarnation)
        if session is not None and session.connected:
            session.send(Removed())
        else:
            self._sessions.pop(incarnation, None)

    def _act(self, effects: list[DirectoryEffect]) -> None:
        for effect in effects:
            match effect:
                case Probe(member) if member.incarnation not in self._probing:
                    self._probing.add(member.incarnation)
                    self.process.later(PROBE_TIME, partial(self._probed, member))
                case Expel():
                    self._expelled.append(effect)
        if not self._is_announcing and (self.state.view.epoch > self.announced.epoch or self._expelled):
            self._is_announcing = True
            self.process.later(0.0, self._announce)

    def _probed(self, member: Member) -> None:
        self._probing.discard(member.incarnation)
        if self._network.is_refused(member.address):
            self._act(self.state.dead(member.incarnation))

    # What the listener asks

    def admit(self, hello: Hello) -> Session | Refusal:
        return self._sessions.setdefault(hello.incarnation, Session(hello.incarnation))

    def linked(self, hello: Hello, session: Session) -> Receive:
        self.state.relinked(hello.incarnation)
        return lambda envelopes: self._received(hello, session, envelopes)

    def unlinked(self, hello: Hello, session: Session) -> None:
        if self.state.member(hello.incarnation) is None:
            self._sessions.pop(hello.incarnation, None)
        self._act(self.state.lost(hello.incarnation))

    def _received(self, hello: Hello, session: Session, envelopes: list[Envelope]) -> None:
        now = self.process.clock()
        for envelope in envelopes:
            match envelope:
                case Join():
                    self._join(hello, session, envelope, now)
                case Renew(number):
                    if self.state.renewed(hello.incarnation, now):
                        session.send(Renewed(number))
                case Opened(slots):
                    self.state.opened(hello.incarnation, slots)
                case Stuck(gateway):
                    self._act(self.state.remove(gateway, "stuck"))
        self._act([])

    def _join(self, hello: Hello, session: Session, join: Join, now: float) -> None:
        member = Member(hello.incarnation, join.name, join.address)
        welcome, effects = self.state.join(join.kind, member, join.fresh, join.open_slots, now)
        if not welcome:
            session.send(Removed())
            return
        session.send(ConfigChanged(self._store.version, True, []))
        if member.incarnation in self.announced.gateways or member.incarnation in self.announced.shards:
            session.send(ViewChanged(self.announced))
        self._act(effects)

    # What operators ask

    def configure(self) -> None:
        """A management write."""
        self._store.version += 1
        for session in self._sessions.values():
            session.send(ConfigChanged(self._store.version, False, []))

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for anything."""
        return self.announced == self.state.view and self.state.open_slots == len(self.state.view.slots)
