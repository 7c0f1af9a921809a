"""The member gateways, as a shard sees them."""

from collections import deque
from dataclasses import dataclass, field

from eventray_core.link.envelopes import Envelope
from eventray_core.link.session import Session
from eventray_core.placement.view import Incarnation
from eventray_core.shard.slot import Slot

MAX_UNCONFIRMED_BYTES = 8_000_000
"""What may wait on one gateway's link; with more there, publishes that want the gateway wait themselves."""


Failures = tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Pending:
    """A publication whose gateways have not all confirmed; `remaining` 0 when it is settled."""

    gateway: Incarnation
    counter: int
    slot: Slot
    remaining: int
    deadline: float
    failed: Failures = ()
    """What the answer says of events that a handler failed, as (id, code, message)."""


@dataclass(slots=True)
class Peer:
    """One member gateway."""

    session: Session
    awaiting: deque[tuple[int, Pending]] = field(default_factory=deque)
    """(envelope number, publication), in order; confirmed when the session's `acked` reaches the number."""
    waiting: deque[Envelope] = field(default_factory=deque)
    """What it said that this shard cannot understand before its next view or configuration."""
    over_since: float | None = None
    """Since when it has been over its bound."""

    @property
    def is_over(self) -> bool:
        """Whether too much waits on its link."""
        return self.session.unacked_bytes > MAX_UNCONFIRMED_BYTES


class Peers(dict[Incarnation, Peer]):
    """All of them."""

    def say(self, gateway: Incarnation, envelope: Envelope) -> None:
        """Send to a gateway; one that is no member any more hears nothing."""
        peer = self.get(gateway)
        if peer is not None:
            peer.session.send(envelope)
