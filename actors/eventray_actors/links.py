"""Links over TCP: the bytes below `Session`. Frames of a tick are written once, at its end.

A frame is four bytes of length, big-endian, and a MessagePack array. `LinkListener` accepts,
`Dialler` connects and connects again; both do the handshake and then move one session's frames.
"""

import asyncio
import logging
import os
import random
import ssl
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from eventray_actors.tasks import Tasks
from eventray_core.link import handshake
from eventray_core.link.envelopes import LINK_VERSION, Envelope, MemberKind
from eventray_core.link.handshake import Accepted, Challenge, Hello, Proof, Refusal, Refused
from eventray_core.link.session import LinkError, Session
from eventray_core.members import LinkTls
from eventray_core.placement.view import Incarnation
from eventray_core.ports import DirectoryUnavailableError, LinkAddress

_log = logging.getLogger(__name__)

MAX_FRAME_BYTES = 64_000_000
HANDSHAKE_TIMEOUT = 5.0
HEARTBEAT = 1.0
FIRST_RETRY = 0.02
LAST_RETRY = 1.0

Receive = Callable[[list[Envelope]], None]
"""Takes what `Session.receive` returned, maybe nothing but confirmations."""

Locate = Callable[[], Awaitable[LinkAddress]]
"""Where to dial now."""


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


class FrameProtocol(asyncio.Protocol):
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._limit = handshake.MAX_MESSAGE_BYTES
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        """Done when the connection has ended."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits for it."""
        if not self.lost.done():
            self.lost.set_result(exc)

    def data_received(self, data: bytes) -> None:
        """Hand over each whole frame; keep the rest."""
        whole: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            whole = self._buffer
        try:
            done = self._cut(whole)
        except LinkError as error:
            _log.warning("link broken: %s", error)
            self.abort()
            return
        if done or whole is data:
            self._buffer = bytearray(whole[done:])

    def _cut(self, data: bytes | bytearray) -> int:
        """Hand over the whole frames; returns how many bytes they took."""
        start, end = 0, len(data)
        while end - start >= 4:
            length = int.from_bytes(data[start : start + 4])
            if length > self._limit:
                raise LinkError(f"a frame of {length} bytes")
            if start + 4 + length > end:
                break
            self.frame_received(bytes(data[start + 4 : start + 4 + length]))
            start += 4 + length
        return start

    def frame_received(self, frame: bytes) -> None:
        """Take one frame; raises `LinkError` to end the connection."""
        raise NotImplementedError

    def write(self, frame: bytes) -> None:
        """Send one frame."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(len(frame).to_bytes(4) + frame)

    def abort(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.abort()


class Link(FrameProtocol):
    """One connection that moves a session's frames, once a subclass has done the handshake."""

    def __init__(self, silence: float) -> None:
        super().__init__()
        self.session: Session | None = None
        self._receive: Receive | None = None
        self._loop = asyncio.get_running_loop()
        self._silence = silence
        self._scheduled = False
        self._heard = self._wrote = self._loop.time()
        self._timer = self._loop.call_later(HANDSHAKE_TIMEOUT, self.abort)

    def stand(self, session: Session, receive: Receive, their_count: int) -> None:
        """The handshake is done: move the session's frames from here on."""
        self.session = session
        self._receive = receive
        self._limit = MAX_FRAME_BYTES
        session.wake = self._schedule
        session.connect(their_count)
        self._timer.cancel()
        self._timer = self._loop.call_later(HEARTBEAT, self._beat)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        if self.session is not None and (frame := self.session.take_frame()) is not None:
            self._wrote = self._loop.time()
            self.write(frame)

    def _beat(self) -> None:
        """Show life once a second; give up on a peer that shows none."""
        now = self._loop.time()
        self._timer = self._loop.call_later(HEARTBEAT, self._beat)
        # What arrived while this process stood still is read before the next beat.
        if now - self._heard > self._silence:
            self._heard = now
            self._loop.call_soon(self._judge, now)
        elif self.session is not None and now - self._wrote >= HEARTBEAT:
            self._wrote = now
            self.write(self.session.heartbeat())

    def _judge(self, since: float) -> None:
        if self._heard <= since:
            self.abort()

    def frame_received(self, frame: bytes) -> None:
        """Pass on what is new; before that, shake hands."""
        self._heard = self._loop.time()
        if self.session is None or self._receive is None:
            self.shake_hands(handshake.decode(frame))
            return
        # Also without envelopes: the frame may have brought confirmations.
        self._receive(self.session.receive(frame))

    def shake_hands(self, message: handshake.Message) -> None:
        """Take one message of the handshake."""
        raise NotImplementedError

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the session to the next connection."""
        self._timer.cancel()
        if self.session is not None and self.session.wake == self._schedule:
            self.session.wake = None
            self.session.disconnect()
        super().connection_lost(exc)


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
        self._tls = _server_context(tls) if tls else None
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

    `locate` is asked before each attempt and may raise `OSError` or `DirectoryUnavailableError`. `session_for`
    gives the session for the incarnation that answers. `refused` is told why the peer does not want the link.
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
        self._tls = _client_context(tls) if tls else None
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


def fixed(address: LinkAddress) -> Locate:
    """Dial always there."""

    async def locate() -> LinkAddress:
        return address

    return locate


def format_address(host: str, port: int) -> LinkAddress:
    """`host:port`, an IPv6 host in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_address(address: LinkAddress) -> tuple[str, int]:
    """The host and the port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _server_context(tls: LinkTls) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls.ca_file)
    context.load_cert_chain(tls.cert_file, tls.key_file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _client_context(tls: LinkTls) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=tls.ca_file)
    context.load_cert_chain(tls.cert_file, tls.key_file)
    # Members are known by the cluster's secret and reached by address: the CA vouches, the name does not.
    context.check_hostname = False
    return context
