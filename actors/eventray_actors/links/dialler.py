"""The end of a link that dials, and dials again."""

import asyncio
import logging
import os
import random
from collections.abc import Callable

from eventray_actors.links.addresses import Locate, parse_address
from eventray_actors.links.connection import HANDSHAKE_TIMEOUT, Link, Receive
from eventray_actors.links.tls import client_context
from eventray_actors.tasks import Tasks
from eventray_core.link import handshake
from eventray_core.link.envelopes import LINK_VERSION, MemberKind
from eventray_core.link.handshake import Accepted, Challenge, Hello, Proof, Refusal, Refused
from eventray_core.link.session import LinkError, Session
from eventray_core.members import LinkTls
from eventray_core.placement.view import Incarnation
from eventray_core.ports import DirectoryUnavailableError, LinkAddress

_log = logging.getLogger(__name__)

FIRST_RETRY = 0.02
LAST_RETRY = 1.0


class _DialledLink(Link):
    def __init__(self, dialler: "Dialler", silence: float) -> None:
        super().__init__(silence)
        self._dialler = dialler
        self._hello = Hello(
            LINK_VERSION, dialler.kind, dialler.name, dialler.incarnation, dialler.wanted, os.urandom(16)
        )
        self._challenge: Challenge | None = None
        self.refusal: Refusal | None = None
        self._resumed: Session | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.write(handshake.encode(self._hello))

    def shake_hands(self, message: handshake.Message) -> None:
        dialler, hello = self._dialler, self._hello
        match message:
            case Challenge(incarnation, nonce, proof):
                if not handshake.proves(proof, dialler.secret, "listener", hello, incarnation, nonce):
                    self.refusal = Refusal.SECRET
                    raise LinkError("the listener does not know the cluster's secret")
                session = self._resumed = dialler.session_for(incarnation)
                own = handshake.prove(dialler.secret, "dialler", hello, incarnation, nonce)
                self.write(handshake.encode(Proof(own, session.received, session.established)))
            case Accepted(received) if self._resumed is not None:
                self.stand(self._resumed, dialler.receive, received)
                dialler.linked(self._resumed)
            case Refused(reason):
                self.refusal = reason
                self.abort()
            case _:
                raise LinkError(f"unexpected {type(message).__name__}")


class Dialler:
    """Keeps a link to one peer: dials, and dials again whenever it breaks, until `stop`.

    `locate` is asked before each attempt and may raise `OSError` or `DirectoryUnavailableError`.
    `session_for` gives the session for the incarnation that answers, `linked` hears when it moves again, and
    `refused` is told why the peer does not want the link.
    """

    def __init__(
        self,
        kind: MemberKind,
        name: str,
        incarnation: Incarnation,
        secret: bytes,
        silence: float,
        tls: LinkTls | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.incarnation = incarnation
        self.secret = secret
        self.wanted: Incarnation = ""
        self.session_for: Callable[[Incarnation], Session] = Session
        self.receive: Receive = lambda envelopes: None
        self.linked: Callable[[Session], None] = lambda session: None
        self.unlinked: Callable[[], None] = lambda: None
        self.refused: Callable[[Refusal], None] = lambda reason: None
        self._silence = silence
        self._tls = client_context(tls) if tls else None
        self._link: _DialledLink | None = None
        self._tasks = Tasks()

    def start(self, locate: Locate) -> None:
        """Begin to dial."""
        self._tasks.start(self._dial_for_ever(locate), f"dial from {self.name}")

    async def _dial_for_ever(self, locate: Locate) -> None:
        delay = FIRST_RETRY
        while True:
            try:
                if await self._dial(await locate()):
                    delay = FIRST_RETRY
            except (OSError, DirectoryUnavailableError) as error:
                _log.debug(
                    "%s cannot be reached from %s: %s", self.wanted or "the directory", self.name, error
                )
            except Exception:
                _log.exception("%s cannot be dialled from %s", self.wanted or "the directory", self.name)
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, LAST_RETRY)

    async def _dial(self, address: LinkAddress) -> bool:
        """One connection, from dialling to its end; whether it ever stood."""
        loop = asyncio.get_running_loop()
        host, port = parse_address(address)
        async with asyncio.timeout(HANDSHAKE_TIMEOUT):
            _, link = await loop.create_connection(
                lambda: _DialledLink(self, self._silence), host, port, ssl=self._tls
            )
        self._link = link
        try:
            await asyncio.shield(link.lost)
        finally:
            link.abort()
            self._link = None
        if link.session is not None:
            self.unlinked()
        if link.refusal is not None:
            _log.info("%s refuses a link from %s: %s", address, self.name, link.refusal)
            self.refused(link.refusal)
        return link.session is not None

    async def stop(self) -> None:
        """End the link and dial no more."""
        link = self._link
        await self._tasks.stop()
        if link is not None:
            link.abort()
            await link.lost
