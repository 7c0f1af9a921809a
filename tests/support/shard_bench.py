"""One shard among stand-ins for everybody it talks to: what it says to each can be read, in order."""

import msgspec

from eventray_core.link.envelopes import (
    AnyEnvelope,
    ConfigChanged,
    Deliver,
    Envelope,
    HandOver,
    Outcome,
    Publish,
    Published,
    Renewed,
    Subscribe,
    Subscribed,
    Sync,
    Unsubscribe,
)
from eventray_core.link.session import Session
from eventray_core.members import Timing
from eventray_core.placement.slots import SLOTS, slot_of
from eventray_core.placement.view import UNOWNED, Member, Ownership, View
from eventray_core.shard.slot import Slot
from eventray_core.shard.state import DialShard, ShardState

TIMING = Timing(lease_ms=10_000, confirm_ms=15_000, stuck_ms=1_000)
API, PATH = "api", "/news/europe"
KEY, WIDE_KEY = API + PATH, "api/news/*"
SLOT = slot_of(KEY)

_decode = msgspec.msgpack.Decoder(tuple[int, int, list[AnyEnvelope]]).decode


class Ear:
    """Reads what a session says. It confirms nothing unless told to."""

    def __init__(self, session: Session) -> None:
        self.session = session
        session.connect(session.acked)

    def heard(self) -> list[Envelope]:
        """What was said since the last call."""
        frame = self.session.take_frame()
        return list(_decode(frame)[2]) if frame is not None else []

    def confirm(self) -> None:
        """All that was heard is processed."""
        frame = msgspec.msgpack.encode((self.session.last, 1, []))
        self.heard()
        self.session.receive(frame)


class ShardBench:
    """Shard `me`, with gateways that are as many as the view says; times are seconds."""

    def __init__(self, *gateways: str, timing: Timing = TIMING) -> None:
        self.state = ShardState("me", timing)
        self.state.directory = Session("directory")
        self.directory = Ear(self.state.directory)
        self.ears: dict[str, Ear] = {}
        self.now = 0.0
        self.renew()
        self.state.from_directory(ConfigChanged(1, True, []), self.now)
        self.gateways = list(gateways)

    def renew(self) -> None:
        """The lease begins anew."""
        self.state.from_directory(Renewed(self.state.lease.sent(self.now)), self.now)

    def view(
        self, epoch: int, owner: str = "me", since: int = 1, source: str | None = None, *more: str
    ) -> None:
        """The directory announces who owns the slot of `KEY`; shards are `me`, owner, source and more."""
        shards = {name: _member(name) for name in ("me", owner, *more, *([source] if source else []))}
        self.announce(epoch, Ownership(owner, since, source), shards)

    def announce(self, epoch: int, ownership: Ownership, shards: dict[str, Member]) -> None:
        """The directory announces a view."""
        slots = tuple(ownership if slot == SLOT else UNOWNED for slot in range(SLOTS))
        gateways = {name: _member(name) for name in self.gateways}
        self.state.view_changed(View(epoch, gateways, shards, slots), self.now)
        self.state.check_invariants()
        for name in self.gateways:
            session = self.state.admit(name)
            assert session is not None
            if name not in self.ears or self.ears[name].session is not session:
                self.ears[name] = Ear(session)

    def says(self, gateway: str, *envelopes: Envelope) -> None:
        """A gateway says something; its confirmations come along."""
        self.state.from_gateway(gateway, envelopes, self.now)
        self.state.check_invariants()

    def confirms(self, gateway: str) -> None:
        """A gateway has processed everything."""
        self.ears[gateway].confirm()
        self.says(gateway)

    def sync(
        self, gateway: str, *keys: str, epoch: int = 1, since: int = 1, wide: tuple[str, ...] = ()
    ) -> None:
        """A gateway registers for the slot of `KEY`."""
        self.says(gateway, Sync(epoch, [(SLOT, since)], [(SLOT, key) for key in keys], list(wide)))

    def serve(self, *interested: str) -> None:
        """The slot is open, and those gateways want `KEY`."""
        self.view(1)
        for gateway in self.gateways:
            self.sync(gateway, *([KEY] if gateway in interested else []))
        assert self.state.open_slots() == [(SLOT, 1)]
        for ear in (self.directory, *self.ears.values()):
            ear.heard()

    def publish(self, gateway: str, counter: int = 1, since: int = 1, config: int = 1) -> None:
        """A gateway passes on a publication of one event, which is its counter."""
        literal = str(counter).encode()
        publish = Publish(counter, SLOT, since, config, 1, API, PATH, ["id"], [literal], TIMING.confirm_ms)
        self.says(gateway, publish)

    def subscribe(self, gateway: str, operation: int = 1, key: str = KEY, since: int = 1) -> None:
        """A gateway asks for a key."""
        self.says(gateway, Subscribe(operation, -1 if key == WIDE_KEY else SLOT, since, key, 1))

    def unsubscribe(self, gateway: str, key: str = KEY) -> None:
        """A gateway has had enough of a key."""
        self.says(gateway, Unsubscribe(-1 if key == WIDE_KEY else SLOT, key))

    def heard(self, gateway: str) -> list[str]:
        """What a gateway was told, in short: `1 OK`, `subscribed 1 OK` or the events of a delivery."""
        return [_short(envelope) for envelope in self.ears[gateway].heard()]

    def handed_over(self) -> list[tuple[str, HandOver]]:
        """What new owners were told, by owner."""
        dials = [effect for effect in self.state.take_effects() if isinstance(effect, DialShard)]
        said = [(dial.member.incarnation, Ear(dial.session).heard()) for dial in dials]
        return [
            (owner, envelope) for owner, heard in said for envelope in heard if isinstance(envelope, HandOver)
        ]

    @property
    def slot(self) -> Slot:
        """The slot of `KEY`, which must be here."""
        return self.state.slots[SLOT]


def _member(name: str) -> Member:
    return Member(name, name, f"{name}:1")


def _short(envelope: Envelope) -> str:
    match envelope:
        case Published(counter, Outcome() as outcome):
            return f"{counter} {outcome.name}"
        case Subscribed(operation, Outcome() as outcome):
            return f"subscribed {operation} {outcome.name}"
        case Deliver():
            return " ".join(literal.decode() for literal in envelope.literals)
    raise AssertionError(envelope)
