"""Clients that come, go, subscribe and publish by themselves while the world turns."""

from collections.abc import Sequence
from random import Random
from typing import Protocol

from tests.support.simulation.gateway import SimulatedGateway
from tests.support.simulation.promises import Client, Promises, Publication, Subscription
from tests.support.simulation.world import World

MOST = 12
"""Subscriptions at one time."""


class Served(Protocol):
    """What a crowd needs to know of a cluster."""

    world: World
    promises: Promises
    gateways: list[SimulatedGateway]

    def connect(self, gateway: SimulatedGateway) -> Client: ...

    def disconnect(self, client: Client) -> None: ...

    def subscribe(self, client: Client, pattern: str) -> Subscription: ...

    def unsubscribe(self, subscription: Subscription) -> None: ...

    def publish(self, gateway: SimulatedGateway, path: str) -> Publication: ...


class Crowd:
    """Does something every `pace` seconds or so, until `stop`; most of it with a few favourite channels."""

    def __init__(self, cluster: Served, pace: float, paths: Sequence[str], patterns: Sequence[str]) -> None:
        self._cluster = cluster
        self._pace = pace
        self._random = Random(cluster.world.random.random())
        self._paths = self._random.sample(paths, 2)
        self._patterns = [*patterns, *self._paths, *self._paths]
        self._is_over = False
        self._next()

    def stop(self) -> None:
        """They do nothing more, but what is subscribed stays."""
        self._is_over = True

    def _next(self) -> None:
        self._cluster.world.after(self._random.uniform(0, 2 * self._pace), self._act)

    def _act(self) -> None:
        if self._is_over:
            return
        self._next()
        live = self._cluster.promises.wanted()
        chance = self._random.random()
        if chance < 0.7:
            self._publish()
        elif chance < 0.85 or not live:
            self._subscribe(len(live))
        else:
            self._leave(self._random.choice(live), chance)

    def _publish(self) -> None:
        path = self._random.choice(self._paths)
        gateways = self._cluster.gateways
        for gateway in self._random.choices(gateways, k=self._random.randint(1, 3)):
            self._cluster.publish(gateway, path)

    def _subscribe(self, live: int) -> None:
        if live < MOST:
            client = self._cluster.connect(self._random.choice(self._cluster.gateways))
            for pattern in self._random.choices(self._patterns, k=self._random.randint(1, 2)):
                self._cluster.subscribe(client, pattern)

    def _leave(self, subscription: Subscription, chance: float) -> None:
        if chance > 0.97:
            self._cluster.disconnect(subscription.client)
            return
        self._cluster.unsubscribe(subscription)
        if chance > 0.9:
            self._cluster.subscribe(subscription.client, subscription.pattern.path)
