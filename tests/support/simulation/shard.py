"""A shard's process, with the steps of `eventray_actors.channel_shard`."""

from itertools import count

from eventray_core.channel import ChannelKey
from eventray_core.link.envelopes import Envelope, MemberKind
from eventray_core.link.handshake import Hello, Refusal
from eventray_core.link.session import Session
from eventray_core.placement.view import Incarnation
from eventray_core.shard.slot import Phase
from eventray_core.shard.state import DialShard, DropGateway, DropShard, ShardState
from tests.support.simulation.links import Dialler, Listener, Receive
from tests.support.simulation.membership import TICK, TIMING, Locate, SimulatedMembership
from tests.support.simulation.network import Network
from tests.support.simulation.world import Process


class Fence:
    """Notes which epoch of each slot was opened last, by whomever."""

    def __init__(self) -> None:
        self._opened: dict[int, int] = {}

    def opened(self, slot: int, epoch: int) -> None:
        """A shard serves the slot."""
        self._opened[slot] = max(epoch, self._opened.get(slot, 0))

    def served(self, slot: int, epoch: int) -> None:
        """A shard took a publication: nobody may have opened the slot after it."""
        assert epoch >= self._opened.get(slot, 0), f"slot {slot} was served under {epoch}, opened since"


class SimulatedShard:
    """One process, and the lives it leads one after the other."""

    def __init__(self, network: Network, process: Process, locate: Locate, fence: Fence) -> None:
        self.process = process
        self._network = network
        self._locate = locate
        self._fence = fence
        self._lives = count(1)
        self._served: dict[int, tuple[int, int]] = {}
        self.address = f"links of {process.name}"
        self._begin()
        self._listener = Listener(network, process, self.address, self)
        process.handled = self._watch
        process.every(TICK, self._tick)
        process.later(0.0, self._join)

    def _begin(self) -> None:
        self.incarnation: Incarnation = f"{self.process.name}.{next(self._lives)}"
        self.state = ShardState(self.incarnation, TIMING)
        self.membership: SimulatedMembership | None = None
        self._diallers: dict[Incarnation, Dialler] = {}
        self.predecessors: dict[Incarnation, Session] = {}

    def _join(self) -> None:
        state, kind = self.state, MemberKind.SHARD
        self.membership = membership = SimulatedMembership(
            self._network, self.process, kind, self.incarnation, self.address
        )
        membership.open_slots = state.open_slots
        membership.receive = self._from_directory
        membership.removed = self._begin_again
        membership.session_changed = lambda session: setattr(state, "directory", session)
        membership.start(state.lease, self._locate)

    def _begin_again(self) -> None:
        assert self.membership is not None
        self.membership.stop()
        for session in [*self.predecessors.values(), *(peer.session for peer in self.state.peers.values())]:
            self._listener.drop(session)
        for dialler in self._diallers.values():
            dialler.stop()
        self._begin()
        self._join()

    def _tick(self) -> None:
        self.state.tick(self.process.clock())
        self._act()

    def _from_directory(self, envelopes: list[Envelope]) -> None:
        for envelope in envelopes:
            self.state.from_directory(envelope, self.process.clock())
        for shard in [s for s in self.predecessors if s not in self.state.view.shards]:
            self._listener.drop(self.predecessors.pop(shard))
        self._act()

    def _act(self) -> None:
        for effect in self.state.take_effects():
            match effect:
                case DialShard(member, session):
                    dialler = Dialler(self._network, self.process, MemberKind.SHARD, self.incarnation)
                    dialler.goes_to(member, session)
                    self._diallers[member.incarnation] = dialler
                    dialler.dial()
                case DropShard(shard):
                    self._diallers.pop(shard).stop()
                case DropGateway(session):
                    self._listener.drop(session)

    # What the listener asks

    def admit(self, hello: Hello) -> Session | Refusal:
        if hello.kind is MemberKind.GATEWAY:
            return self.state.admit(hello.incarnation) or Refusal.UNKNOWN_MEMBER
        if hello.incarnation in self.state.view.shards:
            return self.predecessors.setdefault(hello.incarnation, Session(hello.incarnation))
        return Refusal.UNKNOWN_MEMBER

    def linked(self, hello: Hello, session: Session) -> Receive:
        state = self.state
        if hello.kind is MemberKind.GATEWAY:
            return lambda envelopes: self._from_gateway(state, hello.incarnation, envelopes)
        return lambda envelopes: self._from_shard(state, envelopes)

    def _from_gateway(self, state: ShardState, gateway: Incarnation, envelopes: list[Envelope]) -> None:
        state.from_gateway(gateway, envelopes, self.process.clock())
        self._act()

    def _from_shard(self, state: ShardState, envelopes: list[Envelope]) -> None:
        for envelope in envelopes:
            state.from_shard(envelope, self.process.clock())
        self._act()

    def unlinked(self, hello: Hello, session: Session) -> None:
        pass

    # What the simulation watches

    def _watch(self) -> None:
        state = self.state
        state.check_invariants()
        for number, slot in state.slots.items():
            if slot.phase is Phase.OPEN:
                self._fence.opened(number, slot.epoch)
            epoch, seq = self._served.get(number, (slot.epoch, slot.next_seq))
            if epoch == slot.epoch and seq < slot.next_seq and slot.received is None:
                self._fence.served(number, epoch)
        self._served = {number: (slot.epoch, slot.next_seq) for number, slot in state.slots.items()}

    def held_for(self, gateway: Incarnation) -> list[ChannelKey]:
        """What it believes the gateway to want."""
        indexes = [self.state.wide, *(slot.interests for slot in self.state.slots.values())]
        return [key for index in indexes for key in index.wanted_by(gateway)]

    def held_namespace_wide_for(self, gateway: Incarnation) -> set[ChannelKey]:
        """What it believes the gateway to want of whole namespaces."""
        return set(self.state.wide.wanted_by(gateway))

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for anything."""
        state = self.state
        sessions = [*self.predecessors.values(), *(peer.session for peer in state.peers.values())]
        return (
            all(
                slot.phase is Phase.OPEN and not slot.held and not slot.unconfirmed
                for slot in state.slots.values()
            )
            and not any(peer.waiting or peer.awaiting for peer in state.peers.values())
            and not any(session.unacked_bytes for session in sessions)
        )
