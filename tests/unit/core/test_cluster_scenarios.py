"""Rare meetings of faults, played on purpose: random runs hardly ever find them."""

from collections.abc import Iterator

import pytest
from tests.support.cluster_simulation import CHANNELS, ClusterSimulation, small_cluster
from tests.support.simulation.promises import API

from eventray_core.link.envelopes import Outcome
from eventray_core.placement.slots import slot_of
from eventray_core.placement.view import Incarnation


@pytest.fixture
def cluster() -> Iterator[ClusterSimulation]:
    """One shard, and two gateways; two slots, of which the first moves when a second shard comes."""
    with small_cluster(slots=2):
        cluster = ClusterSimulation(gateways=2, shards=1)
        cluster.run(2.0)
        assert cluster.is_at_rest
        yield cluster


def moving_path() -> str:
    return next(path for path in CHANNELS if slot_of(API + path) == 0)


def owner(cluster: ClusterSimulation) -> Incarnation | None:
    return cluster.directory.announced.slots[0].owner


def test_a_second_successor_waits_for_what_the_first_owner_has_sent(cluster: ClusterSimulation) -> None:
    publisher, subscriber = cluster.gateways
    first = cluster.shards[0]
    cluster.subscribe(cluster.connect(subscriber), moving_path())
    cluster.run(0.5)
    cluster.network.delay(first.process, subscriber.process, 4.0)
    early = cluster.publish(publisher, moving_path())
    cluster.run(0.1)
    cluster.add_shard()
    cluster.run(0.6)
    second = cluster.shards[1]
    assert owner(cluster) == second.incarnation
    assert second.state.open_slots() == []
    cluster.add_shard()
    cluster.run(0.4)
    cluster.kill_shard(second, silent=False)
    cluster.run(0.6)
    assert owner(cluster) == cluster.shards[1].incarnation
    late = cluster.publish(subscriber, moving_path())
    cluster.run(5.0)
    assert (early.outcome, late.outcome) == (Outcome.OK, Outcome.OK)
    cluster.converge()


def test_an_owner_that_got_its_slot_back_hands_over_what_it_sent_before(
    cluster: ClusterSimulation,
) -> None:
    publisher, subscriber = cluster.gateways
    first = cluster.shards[0]
    cluster.subscribe(cluster.connect(subscriber), moving_path())
    cluster.run(0.5)
    cluster.network.delay(first.process, subscriber.process, 4.0)
    early = cluster.publish(publisher, moving_path())
    cluster.run(0.1)
    cluster.add_shard()
    cluster.run(0.6)
    cluster.kill_shard(cluster.shards[1], silent=False)
    cluster.run(0.6)
    assert owner(cluster) == first.incarnation
    assert len(first.state.open_slots()) == 2
    cluster.add_shard()
    cluster.run(0.6)
    assert owner(cluster) == cluster.shards[1].incarnation
    late = cluster.publish(subscriber, moving_path())
    cluster.run(5.0)
    assert (early.outcome, late.outcome) == (Outcome.OK, Outcome.OK)
    cluster.converge()


def test_a_shard_without_a_lease_confirms_nothing(cluster: ClusterSimulation) -> None:
    """Its successor did not wait for it any more, so what it sent last came late and was put aside."""
    publisher, subscriber = cluster.gateways
    first, directory = cluster.shards[0], cluster.directory.process
    subscription = cluster.subscribe(cluster.connect(subscriber), moving_path())
    cluster.run(0.5)
    cluster.network.delay(first.process, subscriber.process, 5.7)
    early = cluster.publish(publisher, moving_path())
    cluster.run(0.1)
    cluster.add_shard()
    cluster.run(0.5)
    assert owner(cluster) == cluster.shards[1].incarnation
    cluster.network.block(directory, first.process)
    cluster.run(3.4)
    for gateway in cluster.gateways:
        cluster.network.delay(directory, gateway.process, 3.0)
    cluster.run(1.2)
    assert first.incarnation not in directory_view(cluster)
    late = cluster.publish(subscriber, moving_path())
    cluster.run(0.3)
    assert subscription.seen == [late]
    assert first.incarnation in subscriber.state.view.shards, "it has not heard of the removal yet"
    cluster.run(1.5)
    assert subscriber.state.stale_deliveries == 1
    assert early.outcome is Outcome.UNAVAILABLE
    cluster.converge()


def directory_view(cluster: ClusterSimulation) -> set[Incarnation]:
    return set(cluster.directory.announced.shards)
