"""A member's tie to the directory, with the steps of `eventray_actors.membership`."""

from collections.abc import Callable

from eventray_core.link.envelopes import Envelope, Join, MemberKind, Removed, Renew
from eventray_core.link.handshake import Refusal
from eventray_core.link.session import Session
from eventray_core.members import Timing
from eventray_core.placement.lease import Lease
from eventray_core.placement.view import Incarnation
from tests.support.simulation.links import Dialler
from tests.support.simulation.network import Network
from tests.support.simulation.world import Process

TIMING = Timing(lease_ms=4_000, renew_ms=1_000, confirm_ms=6_000, link_silence_ms=2_000, stuck_ms=1_000)
"""A shorter life than the real one, with the same proportions."""
TICK = 0.25

Locate = Callable[[], str | None]


class SimulatedMembership:
    """One life of one member."""

    def __init__(
        self, network: Network, process: Process, kind: MemberKind, incarnation: Incarnation, address: str
    ) -> None:
        self.receive: Callable[[list[Envelope]], None] = lambda envelopes: None
        self.removed: Callable[[], None] = lambda: None
        self.session_changed: Callable[[Session], None] = lambda session: None
        self.open_slots: Callable[[], list[tuple[int, int]]] = list
        self.session: Session | None = None
        self._process = process
        self._kind = kind
        self._address = address
        self._fresh = True
        self._is_over = False
        self._dialler = dialler = Dialler(network, process, kind, incarnation)
        dialler.session_for = self._session_for
        dialler.receive = self._received
        dialler.linked = lambda session: self._renew()
        dialler.refused = self._refused

    def start(self, lease: Lease, locate: Locate) -> None:
        """Find the directory and stay with it, whichever process it is."""
        self._lease = lease
        self._dialler.locate = locate
        self._dialler.dial()
        self._process.every(TIMING.renew_ms / 1000, self._renew)

    def _session_for(self, directory: Incarnation) -> Session:
        if self.session is None or self.session.remote != directory:
            self.session = session = Session(directory)
            # Before anything else may be said on it.
            session.send(Join(self._kind, self._process.name, self._address, self._fresh, self.open_slots()))
            self.session_changed(session)
        return self.session

    def _refused(self, reason: Refusal) -> None:
        if reason is Refusal.SESSION_LOST:
            self.session = None

    def _received(self, envelopes: list[Envelope]) -> None:
        if self._is_over:
            return
        if envelopes:
            self._fresh = False
        if any(isinstance(envelope, Removed) for envelope in envelopes):
            self.removed()
        else:
            self.receive(envelopes)

    def _renew(self) -> None:
        if self.session is not None and self.session.connected and not self._is_over:
            self.session.send(Renew(self._lease.sent(self._process.clock())))

    def stop(self) -> None:
        """Leave without a word."""
        self._is_over = True
        self._dialler.stop()
