"""The whole cluster under Hypothesis: whatever breaks, clients get what `docs/guarantees.md` promises."""

from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.support.cluster_simulation import CHANNELS, PATTERNS, ClusterSimulation, small_cluster
from tests.support.simulation.gateway import SimulatedGateway
from tests.support.simulation.promises import Subscription
from tests.support.simulation.world import Process

MOST = 3
INDEX = st.integers(0, 11)
"""Chooses among what there is, modulo its number."""
NAPS = st.sampled_from([0.001, 0.003, 0.01, 0.03, 0.1, 0.5, 1.0, 2.5, 5.0])
LATE = st.sampled_from([0.02, 0.2, 1.0, 3.0])


class ClusterMachine(RuleBasedStateMachine):
    """Members, links, the directory and clients do as they like; then all heals, and the cluster must too."""

    def __init__(self) -> None:
        super().__init__()
        self._context = ExitStack()
        self.cluster: ClusterSimulation

    @initialize(
        gateways=st.integers(1, MOST),
        shards=st.integers(1, MOST),
        slots=st.sampled_from([2, 4, 8]),
        seed=st.integers(0, 2**32),
        warm=st.booleans(),
    )
    def start(self, gateways: int, shards: int, slots: int, seed: int, warm: bool) -> None:
        self._context.enter_context(small_cluster(slots))
        self.cluster = ClusterSimulation(gateways, shards, seed)
        if warm:
            self.cluster.run(2.0)

    # Who is meant

    def _gateway(self, index: int) -> SimulatedGateway:
        return self.cluster.gateways[index % len(self.cluster.gateways)]

    def _process(self, index: int) -> Process:
        return self.cluster.processes[index % len(self.cluster.processes)]

    def _pair(self, one: int, other: int) -> tuple[Process, Process]:
        processes = self.cluster.processes
        first = one % len(processes)
        return processes[first], processes[(first + 1 + other % max(1, len(processes) - 1)) % len(processes)]

    @property
    def _live(self) -> list[Subscription]:
        wanted = [s for s in self.cluster.promises.subscriptions if s.end_wanted_at is None]
        return [s for s in wanted if s.client.is_open and not s.failed]

    # Clients

    @rule(gateway=INDEX, patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3))
    def subscribe(self, gateway: int, patterns: list[str]) -> None:
        client = self.cluster.connect(self._gateway(gateway))
        for pattern in patterns:
            self.cluster.subscribe(client, pattern)

    @precondition(lambda self: self._live)
    @rule(which=INDEX)
    def unsubscribe(self, which: int) -> None:
        self.cluster.unsubscribe(self._live[which % len(self._live)])

    @precondition(lambda self: self._live)
    @rule(which=INDEX)
    def resubscribe(self, which: int) -> None:
        subscription = self._live[which % len(self._live)]
        self.cluster.unsubscribe(subscription)
        self.cluster.subscribe(subscription.client, subscription.pattern.path)

    @precondition(lambda self: self._live)
    @rule(which=INDEX)
    def disconnect(self, which: int) -> None:
        self.cluster.disconnect(self._live[which % len(self._live)].client)

    @rule(gateway=INDEX, paths=st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=6))
    def publish(self, gateway: int, paths: list[str]) -> None:
        for path in paths:
            self.cluster.publish(self._gateway(gateway), path)

    @rule(
        path=st.sampled_from(CHANNELS),
        seconds=st.sampled_from([0.0, 0.005, 0.05, 0.5]),
        rounds=st.integers(2, 5),
    )
    def publish_everywhere(self, path: str, seconds: float, rounds: int) -> None:
        for _ in range(rounds):
            for gateway in self.cluster.gateways:
                self.cluster.publish(gateway, path)
            self.cluster.run(seconds)

    # Time

    @rule(seconds=NAPS)
    def wait(self, seconds: float) -> None:
        self.cluster.run(seconds)

    # Links

    @rule(one=INDEX, other=INDEX)
    def cut(self, one: int, other: int) -> None:
        self.cluster.network.cut(*self._pair(one, other))

    @rule(one=INDEX, other=INDEX, seconds=LATE)
    def delay(self, one: int, other: int, seconds: float) -> None:
        self.cluster.network.delay(*self._pair(one, other), seconds)

    @rule(which=INDEX, seconds=LATE)
    def slow(self, which: int, seconds: float) -> None:
        self.cluster.network.slow(self._process(which), seconds)

    @rule(one=INDEX, other=INDEX)
    def block(self, one: int, other: int) -> None:
        self.cluster.network.block(*self._pair(one, other))

    @rule()
    def heal(self) -> None:
        self.cluster.network.heal()

    @rule(one=INDEX, other=INDEX)
    def repeat(self, one: int, other: int) -> None:
        self.cluster.network.repeat(*self._pair(one, other))

    # Processes

    @rule(which=INDEX)
    def freeze(self, which: int) -> None:
        self.cluster.freeze(self._process(which))

    @rule(which=INDEX, seconds=NAPS)
    def freeze_for(self, which: int, seconds: float) -> None:
        process = self._process(which)
        self.cluster.freeze(process)
        self.cluster.run(seconds)
        process.thaw()

    @rule()
    def thaw(self) -> None:
        for process in self.cluster.processes:
            process.thaw()

    @precondition(lambda self: len(self.cluster.gateways) > 1)
    @rule(which=INDEX, silent=st.booleans())
    def kill_gateway(self, which: int, silent: bool) -> None:
        self.cluster.kill_gateway(self._gateway(which), silent)

    @precondition(lambda self: self.cluster.shards)
    @rule(which=INDEX, silent=st.booleans())
    def kill_shard(self, which: int, silent: bool) -> None:
        self.cluster.kill_shard(self.cluster.shards[which % len(self.cluster.shards)], silent)

    @precondition(lambda self: len(self.cluster.gateways) < MOST)
    @rule()
    def add_gateway(self) -> None:
        self.cluster.add_gateway()

    @precondition(lambda self: len(self.cluster.shards) < MOST)
    @rule()
    def add_shard(self) -> None:
        self.cluster.add_shard()

    @precondition(lambda self: len(self.cluster.shards) < MOST)
    @rule(seconds=NAPS)
    def add_shard_for(self, seconds: float) -> None:
        self.cluster.add_shard()
        self.cluster.run(seconds)
        self.cluster.kill_shard(self.cluster.shards[-1], silent=False)

    @precondition(lambda self: self.cluster.directory.process.is_alive)
    @rule()
    def kill_directory(self) -> None:
        self.cluster.kill_directory()

    @precondition(lambda self: self.cluster.directory.process.is_alive)
    @rule(when=st.sampled_from(["save", "announce"]))
    def kill_directory_when_it_changes_something(self, when: str) -> None:
        self.cluster.directory.dies_at = when

    @rule()
    def restart_directory(self) -> None:
        self.cluster.restart_directory()

    @precondition(lambda self: self.cluster.directory.process.is_alive)
    @rule()
    def configure(self) -> None:
        self.cluster.configure()

    # What must hold

    @invariant()
    def books_balance(self) -> None:
        if hasattr(self, "cluster"):
            self.cluster.check_invariants()

    def teardown(self) -> None:
        try:
            if hasattr(self, "cluster"):
                self.cluster.converge()
        finally:
            self._context.close()


ONCE = settings(
    max_examples=2_000,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_promises_hold_whatever_breaks() -> None:
    run_state_machine_as_test(ClusterMachine, settings=ONCE)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_promises_hold_whatever_breaks_ten_times_as_often() -> None:
    run_state_machine_as_test(ClusterMachine, settings=settings(ONCE, max_examples=20_000))
