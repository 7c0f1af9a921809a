"""A real `WireServer` on loopback with a stand-in for its gateway, and clients that may send any bytes."""

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from eventray_core.limits import Limits
from eventray_gateway.wire.server import ChooseContext, Rejection, Upgrade, WebSocket, WireServer

PATIENCE = 5.0
"""Seconds that a test waits for a fact before it fails."""

FIN, TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x80, 1, 2, 0, 8, 9, 10

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


async def until(fact: Callable[[], bool]) -> None:
    """Let the loop run until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not fact():  # noqa: ASYNC110 - the facts are in the code under test
            await asyncio.sleep(0)


class RecordingHandler:
    """Keeps all that happens to one connection, and echoes what begins with `echo`."""

    def __init__(self) -> None:
        self.socket: WebSocket
        self.texts: list[bytes] = []
        self.binaries = 0
        self.pauses: list[bool] = []
        self.ends: list[tuple[int | None, bool]] = []
        self.farewell = b""

    def opened(self, socket: WebSocket) -> None:
        self.socket = socket

    def text(self, data: bytes) -> None:
        self.texts.append(data)
        if data.startswith(b"echo"):
            self.socket.send_text(data)

    def binary(self) -> None:
        self.binaries += 1

    def writable(self, paused: bool) -> None:
        self.pauses.append(paused)

    def closed(self, code: int | None, clean: bool) -> None:
        self.ends.append((code, clean))
        if self.farewell:
            self.socket.write(self.farewell)


@dataclass
class StandInEdge:
    """Accepts every upgrade, unless it is told otherwise."""

    limits: Limits = field(default_factory=Limits)
    rejection: Rejection | None = None
    error: Exception | None = None
    upgrades: list[Upgrade] = field(default_factory=list)
    handlers: list[RecordingHandler] = field(default_factory=list)

    def accept(self, upgrade: Upgrade) -> RecordingHandler | Rejection:
        self.upgrades.append(upgrade)
        if self.error is not None:
            raise self.error
        if self.rejection is not None:
            return self.rejection
        self.handlers.append(RecordingHandler())
        return self.handlers[-1]


class EchoApp:
    """Answers with the request's body; `/hold` waits for `release`, `/fail` raises an error."""

    def __init__(self) -> None:
        self.scopes: list[Message] = []
        self.disconnects = 0
        self.release = asyncio.Event()

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self.scopes.append(scope)
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.disconnects += 1
                return
            body += message["body"]
            more = message["more_body"]
        await self._answer(scope["path"], body, send)

    async def _answer(self, path: str, body: bytes, send: Callable[[Message], Awaitable[None]]) -> None:
        if path == "/fail":
            raise RuntimeError("a secret")
        if path == "/hold":
            await self.release.wait()
        if path == "/large":
            body = b"x" * 8_000_000
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Answer:
    """One HTTP answer. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """One TCP connection, and nothing that a protocol would forbid."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.vanish()

    def vanish(self) -> None:
        """Be gone without a word."""
        self.writer.transport.abort()

    async def send(self, data: bytes) -> None:
        """Send, and wait until the kernel has taken it."""
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE):
            await self.writer.drain()

    async def answer(self) -> Answer:
        """The next HTTP answer."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(first.split()[1]), headers, body)

    async def rest(self) -> bytes:
        """All that comes before the server ends the connection, in whichever way."""
        received = b""
        async with asyncio.timeout(PATIENCE):
            try:
                while chunk := await self.reader.read(65_536):
                    received += chunk
            except ConnectionResetError:
                pass
        return received

    async def upgrade(self, *offers: str, behind: bytes = b"") -> Answer:
        """Do the opening handshake; `behind` goes out with it."""
        await self.send(handshake(*offers) + behind)
        answer = await self.answer()
        assert answer.status == 101, answer
        return answer

    async def frame(self) -> tuple[int, bytes]:
        """The server's next frame: first byte and payload."""
        async with asyncio.timeout(PATIENCE):
            first, length = await self.reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2), "big")
            elif length == 127:
                length = int.from_bytes(await self.reader.readexactly(8), "big")
            return first, await self.reader.readexactly(length)


def request(method: str = "GET", path: str = "/", *headers: str, body: bytes = b"") -> bytes:
    """A request's bytes."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", *headers]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def handshake(*offers: str, path: str = "/event/realtime") -> bytes:
    """An upgrade request; each offer becomes a header of its own."""
    return request(
        "GET",
        path,
        "upgrade: websocket",
        "connection: keep-alive, Upgrade",
        f"sec-websocket-key: {base64.b64encode(bytes(16)).decode()}",
        "sec-websocket-version: 13",
        *[f"sec-websocket-protocol: {offer}" for offer in offers],
    )


def frame(opcode: int, payload: bytes = b"", fin: bool = True, masked: bool = True) -> bytes:
    """A client's frame; the mask is zero, so that the payload can be read in failures."""
    mask_bit = 0x80 if masked else 0
    length = len(payload)
    if length < 126:
        size = bytes([mask_bit | length])
    elif length < 65_536:
        size = bytes([mask_bit | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([mask_bit | 127]) + length.to_bytes(8, "big")
    return bytes([(FIN if fin else 0) | opcode]) + size + (bytes(4) if masked else b"") + payload


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """A client's close frame."""
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


def bound_socket() -> socket.socket:
    """A socket on a free port of loopback, not listening."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.setblocking(False)
    return bound


@dataclass(frozen=True)
class Tls:
    """What a server shows, and what its clients trust."""

    choose: ChooseContext
    trust: ssl.SSLContext


@dataclass
class Wire:
    """A running server and its surroundings."""

    server: WireServer
    edge: StandInEdge
    app: EchoApp
    port: int
    trust: ssl.SSLContext | None = None
    """What clients check the server's certificate with, where it has one."""
    clients: list[RawClient] = field(default_factory=list)

    @property
    def url(self) -> str:
        """For WebSocket clients."""
        return f"{'ws' if self.trust is None else 'wss'}://localhost:{self.port}"

    async def client(self) -> RawClient:
        """A new connection; it ends with the server, if not before."""
        name = "localhost" if self.trust is not None else None
        opened = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.trust, server_hostname=name)
        self.clients.append(RawClient(*opened))
        return self.clients[-1]

    async def open(self, *offers: str) -> tuple[RawClient, RecordingHandler]:
        """A new WebSocket, and its handler."""
        client = await self.client()
        await client.upgrade(*offers)
        return client, self.edge.handlers[-1]


@asynccontextmanager
async def running_wire(edge: StandInEdge | None = None, tls: Tls | None = None) -> AsyncIterator[Wire]:
    """A server on a port of its own, which is for TLS if there is any."""
    edge = edge or StandInEdge()
    app, bound = EchoApp(), bound_socket()
    server = WireServer(app, edge, *(([bound],) if tls is None else ([], [bound])))
    port = bound.getsockname()[1]
    await server.start()
    wire = Wire(server, edge, app, port)
    if tls is not None:
        server.start_tls(tls.choose)
        wire.trust = tls.trust
    try:
        yield wire
    finally:
        for client in wire.clients:
            client.vanish()
        app.release.set()
        await server.stop(PATIENCE)
