"""A member's tie to the directory: it joins, renews its lease, and hears of views and configuration."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from eventray_actors.links.dialler import Dialler
from eventray_actors.tasks import Tasks
from eventray_core.link.envelopes import Envelope, Join, MemberKind, Removed, Renew
from eventray_core.link.handshake import Refusal
from eventray_core.link.session import Session
from eventray_core.members import LinkTls, Timing
from eventray_core.placement.lease import Lease
from eventray_core.placement.view import Incarnation
from eventray_core.ports import LinkAddress, LocateDirectory

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MemberIdentity:
    """What the directory is told of one life of a member."""

    kind: MemberKind
    name: str
    incarnation: Incarnation
    address: LinkAddress


class Membership:
    """One life of one member in the cluster; a member that was removed makes another.

    `receive` gets the directory's envelopes in order. `removed` is called once, when this incarnation is no
    member any more. `session_changed` tells the session with the present directory.
    """

    def __init__(
        self,
        identity: MemberIdentity,
        lease: Lease,
        timing: Timing,
        secret: bytes,
        tls: LinkTls | None,
    ) -> None:
        self.identity = identity
        self.receive: Callable[[list[Envelope]], None] = lambda envelopes: None
        self.removed: Callable[[], None] = lambda: None
        self.session_changed: Callable[[Session], None] = lambda session: None
        self.open_slots: Callable[[], list[tuple[int, int]]] = list
        self._lease = lease
        self._renew_every = timing.renew_ms / 1000
        self._session: Session | None = None
        self._introduced: Session | None = None
        self._over = False
        self._fresh = True
        self._tasks = Tasks()
        silence = timing.link_silence_ms / 1000
        self._dialler = Dialler(identity.kind, identity.name, identity.incarnation, secret, silence, tls)
        self._dialler.session_for = self._session_for
        self._dialler.receive = self._received
        self._dialler.linked = self._linked
        self._dialler.refused = self._refused

    def start(self, locate: LocateDirectory) -> None:
        """Find the directory and stay with it, whichever process it is."""
        self._dialler.start(locate)
        self._tasks.start(self._renew_for_ever(), "renew the lease")

    def _session_for(self, directory: Incarnation) -> Session:
        if self._session is None or self._session.remote != directory:
            self._session = Session(directory)
            self.session_changed(self._session)
        return self._session

    def _linked(self, session: Session) -> None:
        """Introduce oneself to a directory that has not heard of this session; ask for the lease at once."""
        if self._introduced is not session:
            self._introduced = session
            who = self.identity
            session.send(Join(who.kind, who.name, who.address, self._fresh, self.open_slots()))
        self._renew()

    def _refused(self, reason: Refusal) -> None:
        if reason is Refusal.SESSION_LOST:
            self._session = None

    def _received(self, envelopes: list[Envelope]) -> None:
        if self._over:
            return
        if envelopes:
            self._fresh = False
        if any(isinstance(envelope, Removed) for envelope in envelopes):
            _log.warning("%s was removed from the membership", self.identity.name)
            self._over = True
            self.removed()
            return
        self.receive(envelopes)

    def _renew(self) -> None:
        if not self._over and self._session is not None and self._session.connected:
            self._session.send(Renew(self._lease.sent(asyncio.get_running_loop().time())))

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._renew_every)
            self._renew()

    def leave(self) -> None:
        """This life is over: nothing that the directory still says to it counts, and no lease is renewed."""
        self._over = True

    async def stop(self) -> None:
        """Leave without a word; the directory will notice."""
        await self._tasks.stop()
        await self._dialler.stop()
