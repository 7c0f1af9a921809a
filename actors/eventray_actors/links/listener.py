"""The end of a link that listens."""

import asyncio
import os
from typing import Protocol

from eventray_actors.links.addresses import format_address
from eventray_actors.links.connection import Link, Receive
from eventray_actors.links.tls import server_context
from eventray_core.link import handshake
from eventray_core.link.handshake import Accepted, Challenge, Hello, Proof, Refusal, Refused
from eventray_core.link.session import LinkError, Session
from eventray_core.members import LinkTls
from eventray_core.placement.view import Incarnation
from eventray_core.ports import LinkAddress


class LinkEnds(Protocol):
    """What a listener asks of its owner."""

    @property
    def incarnation(self) -> Incarnation:
        """Who answers."""

    def admit(self, hello: Hello) -> Session | Refusal:
        """The session for a peer that has proved the secret; a new one if it is new."""

    def linked(self, hello: Hello, session: Session) -> Receive:
        """The link stands; returns what takes the peer's envelopes."""

    def unlinked(self, hello: Hello, session: Session) -> None:
        """The link broke; the session goes on."""


class _AcceptedLink(Link):
    def __init__(self, listener: "LinkListener", silence: float) -> None:
        super().__init__(silence)
        self._listener = listener
        self._hello: Hello | None = None
        self._nonce = os.urandom(16)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._listener.links.add(self)

    def shake_hands(self, message: handshake.Message) -> None:
        ends, secret = self._listener.ends, self._listener.secret
        if self._hello is None:
            hello = handshake.check_hello(message, ends.incarnation)
            if isinstance(hello, Refusal):
                self._refuse(hello)
                return
            self._hello = hello
            proof = handshake.prove(secret, "listener", hello, ends.incarnation, self._nonce)
            self.write(handshake.encode(Challenge(ends.incarnation, self._nonce, proof)))
            return
        hello = self._hello
        if not isinstance(message, Proof):
            raise LinkError(f"{type(message).__name__} instead of Proof")
        if not handshake.proves(message.proof, secret, "dialler", hello, ends.incarnation, self._nonce):
            self._refuse(Refusal.SECRET)
            return
        session = ends.admit(hello)
        if isinstance(session, Session) and message.established and not session.established:
            session = Refusal.SESSION_LOST
        if isinstance(session, Refusal):
            self._refuse(session)
            return
        self._listener.replace(session, self)
        self.write(handshake.encode(Accepted(session.received)))
        self.stand(session, ends.linked(hello, session), message.received)

    def _refuse(self, reason: Refusal) -> None:
        self.write(handshake.encode(Refused(reason)))
        if self.transport is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        current = self.session is not None and self.session.wake == self._schedule
        super().connection_lost(exc)
        self._listener.links.discard(self)
        if current and self._hello is not None and self.session is not None:
            self._listener.ends.unlinked(self._hello, self.session)


class LinkListener:
    """Accepts links for one owner."""

    def __init__(self, ends: LinkEnds, secret: bytes, silence: float, tls: LinkTls | None = None) -> None:
        self.ends = ends
        self.secret = secret
        self.links: set[_AcceptedLink] = set()
        self._silence = silence
        self._tls = server_context(tls) if tls else None
        self._server: asyncio.Server | None = None
        self.address: LinkAddress = ""

    async def start(self, host: str) -> LinkAddress:
        """Listen on a free port of the host; returns where."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _AcceptedLink(self, self._silence), host, 0, ssl=self._tls, backlog=1024
        )
        port = self._server.sockets[0].getsockname()[1]
        self.address = format_address(host, port)
        return self.address

    def replace(self, session: Session, by: Link) -> None:
        """A session has one link: an older one of the same session ends."""
        for link in list(self.links):
            if link.session is session and link is not by:
                link.session = None
                link.abort()

    def drop(self, session: Session) -> None:
        """End the link of a session."""
        for link in list(self.links):
            if link.session is session:
                link.abort()

    async def stop(self) -> None:
        """Stop listening and end all links."""
        if self._server is not None:
            self._server.close()
        links = list(self.links)
        for link in links:
            link.abort()
        await asyncio.gather(*(link.lost for link in links))
