"""A whole cluster in simulated time, with everything that can go wrong as a method."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from unittest.mock import patch

from eventray_core.channel import is_namespace_wide
from eventray_core.link.envelopes import Outcome
from eventray_core.placement import slots as slots_module
from eventray_core.placement.view import UNOWNED, View
from tests.support.simulation.crowd import Crowd
from tests.support.simulation.directory import SimulatedDirectory, Store
from tests.support.simulation.gateway import SimulatedGateway
from tests.support.simulation.membership import TICK, TIMING
from tests.support.simulation.network import SILENCE, Network
from tests.support.simulation.promises import Client, Promises, Publication, Subscription
from tests.support.simulation.shard import Fence, SimulatedShard
from tests.support.simulation.world import Process, World

CHANNELS = ("/ns/a", "/ns/a/x", "/ns/a/y", "/ns/b", "/ns/c/x", "/other/a")
PATTERNS = (*CHANNELS, "/ns/*", "/ns/a/*", "/other/*")

LONGEST_HOLE = TIMING.lease_ms / 1000 + 2 * TICK
"""After that a client that has missed something is disconnected."""


@contextmanager
def small_cluster(slots: int = 8) -> Iterator[None]:
    """So few slots that channels meet in them and nothing takes long, and low bounds; for the context."""
    empty = View(epoch=0, gateways={}, shards={}, slots=(UNOWNED,) * slots)
    slots_module.slot_of.cache_clear()
    with (
        patch.object(slots_module, "SLOTS", slots),
        patch("eventray_core.placement.directory_state.EMPTY_VIEW", empty),
        patch("eventray_core.routing.shards.EMPTY_VIEW", empty),
        patch("eventray_core.shard.state.EMPTY_VIEW", empty),
        patch("eventray_core.link.session.FRAME_BYTES", 400),
        patch("eventray_core.shard.peers.MAX_UNCONFIRMED_BYTES", 300),
        patch("eventray_core.shard.publishing.MAX_HELD_PUBLISHES", 20),
        patch("eventray_core.routing.lanes.MAX_HELD", 50),
    ):
        yield
    slots_module.slot_of.cache_clear()


class ClusterSimulation:
    """Gateways, shards, a directory and clients; deterministic for a seed. Use it within `small_cluster`."""

    def __init__(self, gateways: int = 2, shards: int = 2, seed: int = 0) -> None:
        self.world = World(seed)
        self.network = Network(self.world)
        self.promises = Promises(self.world)
        self.gateways: list[SimulatedGateway] = []
        self.shards: list[SimulatedShard] = []
        self._crowds: list[Crowd] = []
        self._is_ending = False
        self._store = Store()
        self._fence = Fence()
        self._names = count(1)
        self.directory = self._start_directory()
        for _ in range(shards):
            self.add_shard()
        for _ in range(gateways):
            self.add_gateway()

    @property
    def members(self) -> list[SimulatedGateway | SimulatedShard]:
        """All that live, but for the directory."""
        return [*self.gateways, *self.shards]

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.world.run(seconds)

    # Processes come and go

    def _process(self, kind: str) -> Process:
        return Process(self.world, f"{kind}-{next(self._names)}")

    def _start_directory(self) -> SimulatedDirectory:
        return SimulatedDirectory(self.network, self._process("directory"), self._store)

    def _locate(self) -> str | None:
        return self.directory.address if self.directory.process.is_alive else None

    def add_gateway(self) -> None:
        """Start another gateway."""
        process = self._process("gateway")
        self.gateways.append(SimulatedGateway(self.network, process, self._locate, self.promises))

    def add_shard(self) -> None:
        """Start another shard."""
        process = self._process("shard")
        self.shards.append(SimulatedShard(self.network, process, self._locate, self._fence))

    def kill_gateway(self, gateway: SimulatedGateway, silent: bool) -> None:
        """Its clients are cut off."""
        self.gateways.remove(gateway)
        self._kill(gateway.process, silent)
        gateway.died()

    def kill_shard(self, shard: SimulatedShard, silent: bool) -> None:
        """What it knew is lost."""
        self.shards.remove(shard)
        self._kill(shard.process, silent)

    def add_later(self, seconds: float, gateways: int = 0, shards: int = 0) -> None:
        """Start another in that time, unless there are so many then."""

        def add() -> None:
            if self._is_ending:
                return
            if len(self.gateways) < gateways:
                self.add_gateway()
            if len(self.shards) < shards:
                self.add_shard()

        self.world.after(seconds, add)

    def kill_directory(self, when: str, back: float) -> None:
        """It dies `now`, or when it is about to `save` or `announce` something; another begins later."""
        self.directory.died = lambda: self.world.after(back, self.restart_directory)
        self.directory.dies_at = when
        if when == "now":
            self.directory.die()

    def _kill(self, process: Process, silent: bool) -> None:
        process.die(silent)
        self.network.died(process)

    def restart_directory(self) -> None:
        """A new one takes over from the store; no harm if the old one lives."""
        if not self.directory.process.is_alive:
            self.directory = self._start_directory()

    def freeze(self, process: Process, seconds: float) -> None:
        """It handles nothing for that time."""
        process.freeze()
        self.network.froze(process)
        self.world.after(seconds, process.thaw)

    @property
    def processes(self) -> list[Process]:
        """All that live."""
        processes = [member.process for member in self.members]
        return [*processes, self.directory.process] if self.directory.process.is_alive else processes

    def draw_a_crowd(self, pace: float) -> None:
        """From now on clients do something every `pace` seconds or so, by themselves."""
        self._crowds.append(Crowd(self, pace, CHANNELS, PATTERNS))

    def configure(self) -> None:
        """A management write."""
        self.directory.process.input(self.directory.configure)

    def check_invariants(self) -> None:
        """Raise if anybody's books do not balance."""
        for member in self.members:
            member.state.check_invariants()
        self.directory.state.check_invariants()
        frozen = {process.name for process in self.processes if process.frozen_since is not None}
        self.promises.check_no_hole_lasts(self.world.now, LONGEST_HOLE, frozen.__contains__)

    # Clients

    def connect(self, gateway: SimulatedGateway) -> Client:
        """A client connects."""
        return gateway.connect()

    def subscribe(self, client: Client, pattern: str) -> Subscription:
        """A client asks for a subscription."""
        subscription = self.promises.subscription(client, pattern)
        gateway = self._gateway_of(client)
        gateway.process.input(lambda: gateway.subscribe(subscription))
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """A client asks for an end."""
        self.promises.unsubscribe_wanted(subscription)
        gateway = self._gateway_of(subscription.client)
        gateway.process.input(lambda: gateway.unsubscribe(subscription))

    def publish(self, gateway: SimulatedGateway, path: str) -> Publication:
        """Somebody publishes through that gateway."""
        publication = self.promises.publication(gateway.process.name, path)
        gateway.process.input(lambda: gateway.publish(publication))
        return publication

    def disconnect(self, client: Client) -> None:
        """A client leaves."""
        gateway = self._gateway_of(client)
        client.close()
        gateway.process.input(lambda: gateway.disconnected(client))

    def _gateway_of(self, client: Client) -> SimulatedGateway:
        return next(gateway for gateway in self.gateways if client in gateway.clients)

    # The end

    def converge(self, patience: float = 40.0) -> None:
        """All faults end; the cluster must come to rest and serve again."""
        self._is_ending = True
        for crowd in self._crowds:
            crowd.stop()
        self.network.heal()
        for process in self.processes:
            process.thaw()
        self.directory.dies_at = None
        self.restart_directory()
        if not self.shards:
            self.add_shard()  # as the supervisor would
        self.run(2 * SILENCE)  # until every end has noticed that its connection is broken
        while not self.is_at_rest:
            assert patience > 0, self.describe()
            self.run(0.5)
            patience -= 0.5
        self.promises.check_all_is_answered()
        self._serve_once_more()
        self.promises.check_nothing_is_missing()
        self.check_interests_agree()

    def _serve_once_more(self) -> None:
        client = [self.subscribe(self.connect(gateway), "/ns/*") for gateway in self.gateways]
        self.run(2.0)
        assert all(subscription.is_live for subscription in client)
        publications = [self.publish(gateway, path) for gateway in self.gateways for path in CHANNELS]
        self.run(2.0)
        for publication in publications:
            assert publication.outcome is Outcome.OK, publication

    @property
    def is_at_rest(self) -> bool:
        """Whether everyone knows everyone, and nothing waits for anything."""
        view = self.directory.announced
        return (
            self.directory.is_idle
            and {*view.gateways, *view.shards} == {member.incarnation for member in self.members}
            and all(member.state.view.epoch == view.epoch and member.is_idle for member in self.members)
            and not any(subscription.is_waiting for subscription in self.promises.subscriptions)
        )

    def check_interests_agree(self) -> None:
        """Shards hold what gateways want, no more and no less."""
        for gateway in self.gateways:
            wanted = set(gateway.wanted)
            held = {key for shard in self.shards for key in shard.held_for(gateway.incarnation)}
            assert held == wanted, f"{gateway.incarnation} wants {wanted}, held is {held}"
            for shard in self.shards:
                wide = {key for key in wanted if is_namespace_wide(key)}
                assert wide == shard.held_namespace_wide_for(gateway.incarnation)

    def describe(self) -> str:
        """What still waits, for the message of a failure."""
        view = self.directory.announced
        lines = [f"announced {view.epoch}, {sorted(view.gateways)}, {sorted(view.shards)}"]
        for member in self.members:
            lines.append(f"{member.incarnation}: view {member.state.view.epoch}, idle {member.is_idle}")
        for shard in self.shards:
            lines += [f"{shard.incarnation} {slot}" for slot in shard.state.slots.values()]
        return "\n".join(lines)
