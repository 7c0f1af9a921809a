"""The whole cluster under Hypothesis: whatever breaks, clients get what `docs/guarantees.md` promises."""

import os
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
from tests.support.simulation.world import Process

MOST = 3
INDEX = st.integers(0, 11)
"""Chooses among what there is, modulo its number."""
SOON = st.sampled_from([0.0, 0.002, 0.01, 0.05, 0.3, 1.0])
"""Until the next thing happens."""
LASTING = st.sampled_from([0.02, 0.2, 1.0, 3.0, 6.0])
"""Until a fault ends by itself."""


class ClusterMachine(RuleBasedStateMachine):
    """Faults of all kinds meet a cluster that a crowd of clients uses; then all heals, and it must, too."""

    def __init__(self) -> None:
        super().__init__()
        self._context = ExitStack()
        self.cluster: ClusterSimulation

    @initialize(
        gateways=st.integers(1, MOST),
        shards=st.integers(1, MOST),
        slots=st.sampled_from([2, 4, 8]),
        seed=st.integers(0, 2**32),
        pace=st.sampled_from([0.02, 0.1, 0.4]),
        warm=st.sampled_from([True, True, False]),
    )
    def start(self, gateways: int, shards: int, slots: int, seed: int, pace: float, warm: bool) -> None:
        self._context.enter_context(small_cluster(slots))
        self.cluster = ClusterSimulation(gateways, shards, seed)
        self.cluster.draw_a_crowd(pace)
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

    # Clients, besides the crowd

    @rule(gateway=INDEX, patterns=st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3), then=SOON)
    def subscribe(self, gateway: int, patterns: list[str], then: float) -> None:
        client = self.cluster.connect(self._gateway(gateway))
        for pattern in patterns:
            self.cluster.subscribe(client, pattern)
        self.cluster.run(then)

    @rule(gateway=INDEX, paths=st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=6), then=SOON)
    def publish(self, gateway: int, paths: list[str], then: float) -> None:
        for path in paths:
            self.cluster.publish(self._gateway(gateway), path)
        self.cluster.run(then)

    # Time

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.5, 1.0, 2.5, 5.0]))
    def wait(self, seconds: float) -> None:
        self.cluster.run(seconds)

    # Links

    @rule(one=INDEX, other=INDEX, then=SOON)
    def cut(self, one: int, other: int, then: float) -> None:
        self.cluster.network.cut(*self._pair(one, other))
        self.cluster.run(then)

    @rule(one=INDEX, other=INDEX, seconds=LASTING, then=SOON)
    def delay(self, one: int, other: int, seconds: float, then: float) -> None:
        self.cluster.network.delay(*self._pair(one, other), seconds)
        self.cluster.run(then)

    @rule(which=INDEX, seconds=LASTING, then=SOON)
    def slow(self, which: int, seconds: float, then: float) -> None:
        self.cluster.network.slow(self._process(which), seconds)
        self.cluster.run(then)

    @rule(one=INDEX, other=INDEX, seconds=LASTING, then=SOON)
    def block(self, one: int, other: int, seconds: float, then: float) -> None:
        self.cluster.network.block(*self._pair(one, other), seconds)
        self.cluster.run(then)

    @rule(one=INDEX, other=INDEX, then=SOON)
    def repeat(self, one: int, other: int, then: float) -> None:
        self.cluster.network.repeat(*self._pair(one, other))
        self.cluster.run(then)

    # Processes

    @rule(which=INDEX, seconds=LASTING, then=SOON)
    def freeze(self, which: int, seconds: float, then: float) -> None:
        self.cluster.freeze(self._process(which), seconds)
        self.cluster.run(then)

    @precondition(lambda self: len(self.cluster.gateways) > 1)
    @rule(which=INDEX, silent=st.booleans(), back=LASTING, then=SOON)
    def kill_gateway(self, which: int, silent: bool, back: float, then: float) -> None:
        self.cluster.kill_gateway(self._gateway(which), silent)
        self.cluster.add_later(back, gateways=MOST)
        self.cluster.run(then)

    @precondition(lambda self: self.cluster.shards)
    @rule(which=INDEX, silent=st.booleans(), back=LASTING, then=SOON)
    def kill_shard(self, which: int, silent: bool, back: float, then: float) -> None:
        self.cluster.kill_shard(self.cluster.shards[which % len(self.cluster.shards)], silent)
        self.cluster.add_later(back, shards=MOST)
        self.cluster.run(then)

    @precondition(lambda self: len(self.cluster.gateways) < MOST)
    @rule(then=SOON)
    def add_gateway(self, then: float) -> None:
        self.cluster.add_gateway()
        self.cluster.run(then)

    @precondition(lambda self: len(self.cluster.shards) < MOST)
    @rule(then=SOON)
    def add_shard(self, then: float) -> None:
        self.cluster.add_shard()
        self.cluster.run(then)

    @precondition(lambda self: self.cluster.directory.process.is_alive)
    @rule(when=st.sampled_from(["now", "save", "announce"]), back=LASTING, then=SOON)
    def kill_directory(self, when: str, back: float, then: float) -> None:
        self.cluster.kill_directory(when, back)
        self.cluster.run(then)

    @rule(then=SOON)
    def configure(self, then: float) -> None:
        self.cluster.configure()
        self.cluster.run(then)

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
    max_examples=1_000,
    # A change is judged by the same faults every time; whoever runs the tests elsewhere looks for new ones.
    derandomize=bool(os.environ.get("CI")),
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.timeout(600)
def test_promises_hold_whatever_breaks() -> None:
    run_state_machine_as_test(ClusterMachine, settings=ONCE)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_promises_hold_whatever_breaks_for_longer() -> None:
    run_state_machine_as_test(ClusterMachine, settings=settings(ONCE, max_examples=3_000))
