"""A gateway's process, with the steps of `eventray_gateway.router`, and its clients' connections."""

from collections.abc import Callable, Sequence
from itertools import count

from eventray_core.channel import Channel, ChannelKey, candidate_keys
from eventray_core.link.envelopes import Deliver, Envelope, MemberKind, Outcome
from eventray_core.placement.view import Incarnation
from eventray_core.routing.interests import NotStarted, Started
from eventray_core.routing.lanes import PublicationEnded
from eventray_core.routing.state import DialShard, DropShard, GatewayState, RoutingEffect
from tests.support.simulation.links import Dialler
from tests.support.simulation.membership import TICK, TIMING, Locate, SimulatedMembership
from tests.support.simulation.network import Network
from tests.support.simulation.promises import API, Client, Promises, Publication, Subscription
from tests.support.simulation.world import Process


class SimulatedGateway:
    """One process, and the lives it leads one after the other."""

    def __init__(self, network: Network, process: Process, locate: Locate, promises: Promises) -> None:
        self.process = process
        self.clients: list[Client] = []
        self._network = network
        self._locate = locate
        self._promises = promises
        self._lives = count(1)
        self._begin()
        process.handled = lambda: self.state.check_invariants()
        process.every(TICK, self._tick)
        process.later(0.0, self._join)
        network.listen(f"HTTP of {process.name}", process, lambda connection: None)

    def _begin(self) -> None:
        self.incarnation: Incarnation = f"{self.process.name}.{next(self._lives)}"
        self.state = GatewayState(self.incarnation, TIMING)
        self.membership: SimulatedMembership | None = None
        self.publications: dict[int, Publication] = {}
        self._was_member = False
        self._diallers: dict[Incarnation, Dialler] = {}
        self._live: dict[ChannelKey, dict[Subscription, None]] = {}

    def _join(self) -> None:
        self.membership = membership = SimulatedMembership(
            self._network,
            self.process,
            MemberKind.GATEWAY,
            self.incarnation,
            f"HTTP of {self.process.name}",
        )
        membership.receive = self._from_directory
        membership.removed = self._lose_membership
        membership.start(self.state.lease, self._locate)

    def _tick(self) -> None:
        now = self.process.clock()
        if self.state.lease.valid(now):
            self._was_member = True
        elif self._was_member:
            self._lose_membership()
        self.state.tick(now)
        self._settle()

    def _lose_membership(self) -> None:
        state, membership = self.state, self.membership
        assert membership is not None
        membership.stop()
        state.expelled()
        self._close_all()
        self._settle()
        assert not self.publications
        self._begin()
        self._join()

    def _close_all(self) -> None:
        for client in self.clients:
            client.close()
        self.clients.clear()
        self._live.clear()

    def died(self) -> None:
        """The process is gone: its clients' connections end, publishers hear nothing more."""
        self._close_all()
        self._promises.abandon(self.process.name)

    # The directory and the shards speak

    def _from_directory(self, envelopes: list[Envelope]) -> None:
        for envelope in envelopes:
            self.state.from_directory(envelope, self.process.clock())
        self._settle()

    def _from_shard(self, state: GatewayState, shard: Incarnation, envelopes: list[Envelope]) -> None:
        if state is self.state:
            self._act(state.from_shard(shard, envelopes))
            self._settle()

    def _settle(self) -> None:
        self._act(self.state.take_effects())

    def _act(self, happened: Sequence[Deliver | RoutingEffect]) -> None:
        for what in happened:
            match what:
                case Deliver():
                    self._deliver(what)
                case PublicationEnded(counter, outcome):
                    self._promises.answered(self.publications.pop(counter), outcome)
                case Started(Subscription() as subscription):
                    self._promises.started(subscription)
                    self._live.setdefault(subscription.key, {})[subscription] = None
                case NotStarted(Subscription() as subscription):
                    subscription.not_started()
                case DialShard(member, session):
                    dialler = Dialler(self._network, self.process, MemberKind.GATEWAY, self.incarnation)
                    dialler.goes_to(member, session)
                    dialler.receive = self._receiver(member.incarnation)
                    self._diallers[member.incarnation] = dialler
                    dialler.dial()
                case DropShard(shard):
                    self._diallers.pop(shard).stop()

    def _receiver(self, shard: Incarnation) -> Callable[[list[Envelope]], None]:
        state = self.state
        return lambda envelopes: self._from_shard(state, shard, envelopes)

    def _deliver(self, delivery: Deliver) -> None:
        for key in candidate_keys(delivery.api_id + delivery.path):
            for subscription in self._live.get(key, ()):
                for literal in delivery.literals:
                    self._promises.received(subscription, int(literal))

    # Clients ask

    def connect(self) -> Client:
        """A client's connection."""
        client = Client(self.process.name)
        self.clients.append(client)
        return client

    def subscribe(self, subscription: Subscription) -> None:
        """A client's request arrives."""
        if subscription.client.is_open:
            self.state.subscribe(subscription.key, subscription, self.process.clock())
            self._settle()

    def unsubscribe(self, subscription: Subscription) -> None:
        """A client's request arrives."""
        if subscription.client.is_open:
            self._live.get(subscription.key, {}).pop(subscription, None)
            self.state.unsubscribe(subscription.key, subscription)
            self._promises.unsubscribed(subscription)
            self._settle()

    def disconnected(self, client: Client) -> None:
        """A client's connection ends."""
        if client in self.clients:
            self.clients.remove(client)
            for subscription in self._promises.of(client):
                self._live.get(subscription.key, {}).pop(subscription, None)
                self.state.unsubscribe(subscription.key, subscription)
            self._settle()

    def publish(self, publication: Publication) -> None:
        """A publisher's request arrives."""
        now, channel = self.process.clock(), Channel(publication.path)
        if not self.state.lease.valid(now):
            self._promises.answered(publication, Outcome.UNAVAILABLE)
            return
        literals = [str(publication.number).encode()]
        counter = self.state.publish(API, channel, 1, ["id"], literals, now)
        publication.sent_as(self.incarnation, counter)
        self.publications[counter] = publication
        self._settle()

    @property
    def wanted(self) -> list[ChannelKey]:
        """What its clients subscribe to now."""
        return [key for key, subscriptions in self._live.items() if subscriptions]

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for anything."""
        state = self.state
        return (
            state.is_ready(self.process.clock())
            and not len(state.lanes)
            and not any(session.unacked_bytes for session in state.shards.sessions.values())
        )
