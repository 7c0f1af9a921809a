"""What all connections of one server share."""

import asyncio
from dataclasses import dataclass, fields
from email.utils import formatdate
from typing import Protocol

from eventray_actors.tasks import Tasks
from eventray_gateway.wire.adapter import (
    Config,
    Framer,
    ServerState,
    is_between_frames,
    new_framer,
)
from eventray_gateway.wire.deadlines import Deadlines, Watched
from eventray_gateway.wire.edge import Edge

SPARE_FRAMERS = 16
FAREWELL_MS = 1_000
"""For a peer to take note of a close frame that answers a fault, before the connection is cut."""


class Closable(Watched, Protocol):
    """An open WebSocket."""

    def close(self, code: int, reason: str = "") -> None:
        """Begin the close handshake."""


class WireCounters:
    """Plain integers: since the start, except where they are called current."""

    __slots__ = (
        "_bodies",
        "_handshakes",
        "_heads",
        "connections_open",
        "connections_opened",
        "failed_handshakes",
        "flooded",
        "http_requests",
        "protocol_failures",
        "refused",
        "upgrades",
    )

    def __init__(self, handshakes: Deadlines, heads: Deadlines, bodies: Deadlines) -> None:
        self._handshakes = handshakes
        self._heads = heads
        self._bodies = bodies
        self.failed_handshakes = 0
        """TLS handshakes that the peer, or its distrust, let fail."""
        self.connections_opened = 0
        self.connections_open = 0
        """Current; HTTP and WebSocket."""
        self.http_requests = 0
        self.upgrades = 0
        """Accepted ones."""
        self.refused = 0
        """Requests and upgrades that the edge answered with an error."""
        self.protocol_failures = 0
        """WebSockets that were failed because the peer broke the protocol or a limit."""
        self.flooded = 0
        """WebSockets that were cut because the peer asked for more pongs than it read."""

    @property
    def half_open(self) -> int:
        """Current: connections that owe the rest of a TLS handshake or of a request's head."""
        return len(self._handshakes) + len(self._heads)

    @property
    def half_open_dropped(self) -> int:
        """Those that had to give way to newer ones."""
        return self._handshakes.dropped + self._heads.dropped

    @property
    def bodies_dropped(self) -> int:
        """Half-sent bodies that had to give way to newer ones."""
        return self._bodies.dropped

    @property
    def header_timeouts(self) -> int:
        """TLS handshakes and heads that did not come in time."""
        return self._handshakes.late + self._heads.late

    @property
    def body_timeouts(self) -> int:
        """Bodies that were looked at because they took long; most are cut then."""
        return self._bodies.late


class Framers:
    """Framers for connections that are in the middle of something; between messages nobody holds one."""

    __slots__ = ("_max_message_bytes", "_spare")

    def __init__(self, max_message_bytes: int) -> None:
        self._max_message_bytes = max_message_bytes
        self._spare: list[Framer] = []

    def take(self) -> Framer:
        """One as good as new."""
        return self._spare.pop() if self._spare else new_framer(self._max_message_bytes)

    def give_back(self, framer: Framer) -> bool:
        """Whether its connection can do without it until the peer's next byte."""
        if not is_between_frames(framer):
            return False
        if len(self._spare) < SPARE_FRAMERS:
            self._spare.append(framer)
        return True


@dataclass(slots=True)
class Clocks:
    """The time-outs of the phases in which a peer can hold out."""

    handshakes: Deadlines
    """Of TLS, from the connect."""
    heads: Deadlines
    """From the connect, or a request's first byte, to the end of its headers."""
    bodies: Deadlines
    idle: Deadlines
    """Between two requests."""
    stalls: Deadlines
    """HTTP answers that are not read."""
    closings: Deadlines
    """WebSocket close handshakes."""
    farewells: Deadlines
    """HTTP connections that have got their last answer and may still be sending."""
    failures: Deadlines
    """WebSockets that have got their last frame."""


class Hub:
    """The server's side of its connections."""

    def __init__(self, config: Config, edge: Edge, loop: asyncio.AbstractEventLoop) -> None:
        self.config = config
        self.edge = edge
        self.limits = limits = edge.limits
        self.loop = loop
        self.state = ServerState()
        """uvicorn's: the HTTP connections, and the tasks of their requests."""
        self.sockets: set[Closable] = set()
        self.high_mark = limits.outbound_buffer_bytes + limits.publish_body_bytes
        """Bytes in a WebSocket's write buffer above which its handler is told to pause."""
        self.framers = Framers(limits.frame_bytes)
        crowd = limits.half_open_connections
        self.clocks = Clocks(
            handshakes=Deadlines(loop, limits.header_timeout_ms, crowd),
            heads=Deadlines(loop, limits.header_timeout_ms, crowd),
            bodies=Deadlines(loop, limits.body_timeout_ms, crowd),
            idle=Deadlines(loop, limits.keep_alive_timeout_ms),
            stalls=Deadlines(loop, limits.body_timeout_ms),
            closings=Deadlines(loop, limits.close_timeout_ms),
            farewells=Deadlines(loop, limits.close_timeout_ms, crowd),
            failures=Deadlines(loop, min(FAREWELL_MS, limits.close_timeout_ms), crowd),
        )
        self.counters = WireCounters(self.clocks.handshakes, self.clocks.heads, self.clocks.bodies)
        self.handshakes = Tasks()
        """TLS handshakes under way."""
        self.draining = False
        self._date_until = 0.0
        self._empty: asyncio.Future[None] | None = None

    def refresh_date(self) -> None:
        """Give uvicorn a `date` header that is at most a second old."""
        now = self.loop.time()
        if now >= self._date_until:
            self._date_until = now + 1
            self.state.default_headers = [(b"date", formatdate(usegmt=True).encode())]

    def connection_opened(self) -> None:
        """Count it in."""
        self.counters.connections_opened += 1
        self.counters.connections_open += 1

    def connection_closed(self) -> None:
        """Count it out."""
        self.counters.connections_open -= 1
        if self._empty is not None and not self.counters.connections_open:
            self._empty.set_result(None)
            self._empty = None

    async def wait_until_empty(self) -> None:
        """Return when no connection is left."""
        if self.counters.connections_open:
            self._empty = self._empty or self.loop.create_future()
            await asyncio.shield(self._empty)

    def close(self) -> None:
        """Let go of the timers."""
        for clock in (getattr(self.clocks, field.name) for field in fields(self.clocks)):
            clock.close()
