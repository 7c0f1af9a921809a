"""What clients asked for, what they saw, and what they had been promised."""

from collections import deque
from collections.abc import Callable

from eventray_core.channel import Channel, ChannelKey, ChannelPattern
from eventray_core.link.envelopes import Outcome
from eventray_core.placement.view import Incarnation
from tests.support.simulation.world import World

API = "api"


class Client:
    """One client's connection to one gateway."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self.is_open = True

    def close(self) -> None:
        """Its gateway closed it, or died."""
        self.is_open = False


class Subscription:
    """One subscription of one connection; compares by identity."""

    def __init__(self, client: Client, pattern: str) -> None:
        self.client = client
        self.pattern = ChannelPattern(pattern)
        self.started_at: int | None = None
        self.failed = False
        self.end_wanted_at: int | None = None
        self.ended_at: int | None = None
        self.seen: dict[Publication, None] = {}
        self._last_to_begin: dict[str, Publication] = {}
        self._last_by_gateway: dict[tuple[str, Incarnation], Publication] = {}

    @property
    def key(self) -> ChannelKey:
        """Its pattern among those of all APIs."""
        return self.pattern.key(API)

    def not_started(self) -> None:
        """It could not be confirmed."""
        assert self.started_at is None
        assert not self.failed
        self.failed = True

    @property
    def is_waiting(self) -> bool:
        """Whether it was asked for and not answered."""
        return self.started_at is None and not self.failed and self.ended_at is None and self.client.is_open

    @property
    def is_live(self) -> bool:
        """Whether its client may expect something."""
        return self.started_at is not None and self.end_wanted_at is None and self.client.is_open

    def see(self, publication: "Publication") -> None:
        """An event arrives: nothing that came before on its channel may have had to wait for it."""
        assert publication not in self.seen, f"{self} saw {publication} twice"
        path, by_gateway = publication.path, (publication.path, publication.gateway)
        for earlier in (self._last_to_begin.get(path), self._last_by_gateway.get(by_gateway)):
            if earlier is not None:
                assert not publication.must_precede(earlier), f"{self} saw {earlier}, then {publication}"
        self.seen[publication] = None
        if path not in self._last_to_begin or self._last_to_begin[path].began_at < publication.began_at:
            self._last_to_begin[path] = publication
        self._last_by_gateway[by_gateway] = publication

    def __repr__(self) -> str:
        return f"<{self.pattern} on {self.client.gateway}, started {self.started_at}, ended {self.ended_at}>"


class Publication:
    """One publish."""

    def __init__(self, number: int, through: str, path: str, began_at: int) -> None:
        self.number = number
        self.through = through
        self.path = path
        self.began_at = began_at
        self.answered_at: int | None = None
        self.outcome: Outcome | None = None
        self.is_abandoned = False
        """Its gateway died before it could answer."""
        self.gateway: Incarnation = ""
        self.counter = 0

    def sent_as(self, gateway: Incarnation, counter: int) -> None:
        """The gateway took it."""
        self.gateway = gateway
        self.counter = counter

    def must_precede(self, other: "Publication") -> bool:
        """Whether nobody may see `other` and then this one.

        It was confirmed before the other began, or the same gateway took it earlier.
        """
        if self.outcome is Outcome.OK and self.answered_at is not None and self.answered_at < other.began_at:
            return True
        return self.gateway != "" and self.gateway == other.gateway and self.counter < other.counter

    def __repr__(self) -> str:
        end = f"{self.outcome.name} at {self.answered_at}" if self.outcome is not None else "open"
        sender = f"{self.gateway or self.through}/{self.counter}"
        return f"<#{self.number} {self.path} by {sender}, began {self.began_at}, {end}>"


class Promises:
    """Checks each event when it happens, and at the end that nothing is missing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._moment = world.moment
        self._confirmed: deque[tuple[float, Publication]] = deque()
        self.subscriptions: list[Subscription] = []
        self.publications: list[Publication] = []

    def subscription(self, client: Client, pattern: str) -> Subscription:
        """A client wants a subscription."""
        self.subscriptions.append(Subscription(client, pattern))
        return self.subscriptions[-1]

    def wanted(self) -> list[Subscription]:
        """What clients have, or wait for, and may give up."""
        waiting = [s for s in self.subscriptions if s.end_wanted_at is None and not s.failed]
        return [subscription for subscription in waiting if subscription.client.is_open]

    def of(self, client: Client) -> list[Subscription]:
        """All that the client ever asked for."""
        return [subscription for subscription in self.subscriptions if subscription.client is client]

    def publication(self, gateway: str, path: str) -> Publication:
        """Somebody publishes through the gateway of that name."""
        self.publications.append(Publication(len(self.publications), gateway, path, self._moment()))
        return self.publications[-1]

    def abandon(self, gateway: str) -> None:
        """The gateway is dead: publishers hear nothing more of it."""
        for publication in self.publications:
            if publication.through == gateway and publication.outcome is None:
                publication.is_abandoned = True

    def started(self, subscription: Subscription) -> None:
        """A client is told that its subscription is live."""
        if subscription.client.is_open:
            assert subscription.is_waiting, f"{subscription} started twice, or after its end"
            subscription.started_at = self._moment()

    def unsubscribe_wanted(self, subscription: Subscription) -> None:
        """A client has had enough."""
        subscription.end_wanted_at = self._moment()

    def unsubscribed(self, subscription: Subscription) -> None:
        """A client is told that its subscription is over."""
        subscription.ended_at = self._moment()

    def received(self, subscription: Subscription, number: int) -> None:
        """A client sees an event."""
        if not subscription.client.is_open:
            return
        publication = self.publications[number]
        assert subscription.started_at is not None, f"{subscription} saw {publication} before it started"
        assert subscription.ended_at is None, f"{subscription} saw {publication} after its end"
        assert subscription.pattern.matches(Channel(publication.path))
        subscription.see(publication)

    def answered(self, publication: Publication, outcome: Outcome) -> None:
        """A publisher is told how it ended."""
        assert publication.outcome is None, f"{publication} was answered again: {outcome}"
        assert outcome is not Outcome.MOVED
        publication.outcome = outcome
        publication.answered_at = self._moment()
        if outcome is Outcome.OK:
            self._confirmed.append((self._world.now, publication))

    def check_nothing_is_missing(self) -> None:
        """Every confirmed publication is at every client that waited for it and is still connected."""
        for publication in self.publications:
            if publication.outcome is Outcome.OK:
                for subscription in self.subscriptions:
                    if _had_to_see(subscription, publication):
                        assert publication in subscription.seen, f"{subscription} never saw {publication}"

    def check_no_hole_lasts(self, now: float, patience: float, is_frozen: Callable[[str], bool]) -> None:
        """Whoever missed something confirmed is disconnected soon, unless its gateway stands still."""
        while self._confirmed and self._confirmed[0][0] + patience < now:
            _, publication = self._confirmed.popleft()
            for subscription in self.subscriptions:
                if _had_to_see(subscription, publication) and publication not in subscription.seen:
                    assert is_frozen(subscription.client.gateway), f"{subscription} missed {publication}"

    def check_all_is_answered(self) -> None:
        """Every publish and every subscribe has ended, unless there was nobody left to tell."""
        for publication in self.publications:
            assert publication.outcome is not None or publication.is_abandoned, publication
        for subscription in self.subscriptions:
            assert not subscription.is_waiting, subscription


def _had_to_see(subscription: Subscription, publication: Publication) -> bool:
    started, wanted, answered = subscription.started_at, subscription.end_wanted_at, publication.answered_at
    return (
        started is not None
        and answered is not None
        and subscription.client.is_open
        and started < publication.began_at
        and (wanted is None or answered < wanted)
        and subscription.pattern.matches(Channel(publication.path))
    )
