"""One slot on one shard, from taking over to handing over."""

import enum
from collections import deque
from dataclasses import dataclass, field

from eventray_core.channel import ChannelKey
from eventray_core.handling.judging import HandledPublish
from eventray_core.link.envelopes import HandOver, Publish
from eventray_core.placement.view import Incarnation, Ownership, View
from eventray_core.shard.index import InterestIndex

MAX_HELD_PUBLISHES = 1_000
"""How many publishes may wait for one slot to open or to drain; more are refused."""


class Phase(enum.Enum):
    """Where a slot is in its life on this shard."""

    OPENING = enum.auto()
    """Ours, but some gateway has not registered yet, or the old owner is not done."""
    OPEN = enum.auto()
    LEAVING = enum.auto()
    """Another's already; what was sent from here is still being confirmed."""


@dataclass(frozen=True, slots=True)
class Held:
    """A publish that waits; `deadline` is when its publisher gives up."""

    gateway: Incarnation
    publish: Publish
    deadline: float


@dataclass(slots=True, eq=False)
class Handling:
    """A publish that a handler works on, or that waits behind such a one of its channel.

    `ticket` 0 is one that needs no handler. Once `handled` is there it goes on when it is its turn; `is_over`
    when its publisher has been answered already.
    """

    slot: "Slot"
    gateway: Incarnation
    publish: Publish
    deadline: float
    ticket: int = 0
    handled: HandledPublish | None = None
    is_over: bool = False


@dataclass(slots=True)
class Slot:
    """The state of one slot. Numbers go on from `next_seq` within `numbering_epoch`."""

    number: int
    ownership: Ownership
    numbering_epoch: int
    next_seq: int = 0
    phase: Phase = Phase.OPENING
    registered: set[Incarnation] = field(default_factory=set)
    received: HandOver | None = None
    interests: InterestIndex = field(default_factory=InterestIndex)
    held: deque[Held] = field(default_factory=deque)
    subscribes: list[tuple[Incarnation, int]] = field(default_factory=list)
    """(gateway, operation) of subscribes that are answered when the slot opens."""
    handling: dict[ChannelKey, deque[Handling]] = field(default_factory=dict)
    """By channel, publishes that handlers work on; they go on in the order in which they came."""
    ready: deque[Handling] = field(default_factory=deque)
    """Publishes that went through their handlers, and wait to be sent on before anything that is held."""
    unconfirmed: int = 0
    """Publications from here that some gateway has not confirmed yet."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing that began here is still under way."""
        return not (self.unconfirmed or self.handling or self.ready)

    @property
    def epoch(self) -> int:
        """That of this shard's ownership."""
        return self.ownership.epoch

    def may_open(self, view: View) -> bool:
        """Whether every member gateway has registered, and the old owner is done or gone."""
        source = self.ownership.source
        return (
            self.phase is Phase.OPENING
            and self.registered.issuperset(view.gateways)
            and (source is None or self.received is not None or source not in view.shards)
        )

    def open(self) -> None:
        """Begin to serve, going on with the old owner's numbers if there are any."""
        self.phase = Phase.OPEN
        if self.received is not None:
            self.numbering_epoch = self.received.numbering_epoch
            self.next_seq = self.received.next_seq

    def freeze(self) -> tuple[list[Held], list[tuple[Incarnation, int]]]:
        """Serve no more; returns what waited, publishes in order and subscribes, to be sent elsewhere.

        What handlers work on stays, and with it the interests that it will be sent by: whoever subscribes
        from now on is told so by the new owner, which begins after that.
        """
        self.phase = Phase.LEAVING
        waited = list(self.held), self.subscribes
        self.held.clear()
        self.subscribes = []
        if not (self.handling or self.ready):
            self.interests = InterestIndex()
        return waited

    def take_back(self, ownership: Ownership) -> None:
        """It was frozen, and comes back under a new epoch; `unconfirmed` still counts what it sent before."""
        self.ownership = ownership
        self.phase = Phase.OPENING
        self.registered.clear()

    def forget(self, gateway: Incarnation) -> None:
        """The gateway is no member any more: nothing of it may stay here."""
        self.registered.discard(gateway)
        self.interests.drop(gateway)
        self.held = deque(held for held in self.held if held.gateway != gateway)
        self.subscribes = [(g, operation) for g, operation in self.subscribes if g != gateway]

    def take_numbers(self, count: int) -> int:
        """The first of `count` numbers in a row."""
        first = self.next_seq
        self.next_seq += count
        return first
