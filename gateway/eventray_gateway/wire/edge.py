"""What the gateway gives to the edge, and what it gets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from eventray_core.limits import Limits


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A valid WebSocket handshake, not answered yet."""

    path: str
    query: bytes = field(repr=False)
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    """Names in lower case; repeated headers stand as often as they came."""
    subprotocols: tuple[str, ...] = field(repr=False)
    """All that were offered, from all headers, in order."""
    client: tuple[str, int] | None
    request_id: str
    """Goes out as `x-amzn-RequestId`, whatever the answer."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A request that is answered with an error, in AppSync's form."""

    status: int
    error_type: str
    message: str | None = None


class WebSocket(Protocol):
    """One WebSocket connection, as its handler sees it."""

    write: Callable[[bytes], None]
    """Takes whole frames, ready made; for the hot loop. Fails in the transport's ways once it is closed."""

    def send_text(self, payload: bytes) -> None:
        """Send one text message; nothing happens once closing has begun."""

    def close(self, code: int, reason: str = "") -> None:
        """Begin the close handshake, bounded by `Limits.close_timeout_ms`; no message comes any more."""

    def abort(self) -> None:
        """End the connection at once and without a farewell."""

    def pause_reading(self) -> None:
        """Let the peer's bytes wait in the kernel; messages already read still come."""

    def resume_reading(self) -> None:
        """Read again; harmless if nothing was paused."""


class WebSocketHandler(Protocol):
    """What becomes of one connection's messages. Calls come from the event loop and must not wait."""

    def opened(self, socket: WebSocket) -> None:
        """The 101 has been written; the first call."""

    def text(self, data: bytes) -> None:
        """One whole text message in valid UTF-8."""

    def binary(self) -> None:
        """A binary message has begun; its content is thrown away."""

    def writable(self, paused: bool) -> None:
        """The transport's buffer rose over its high mark, or fell below the low one."""

    def closed(self, code: int | None, clean: bool) -> None:
        """The conversation is over: exactly once, whatever the reason, and the last call.

        Clean means that both sides sent a close frame and nobody broke the protocol; `code` is the peer's
        then, else ours if we failed the connection. What is written here still goes out, before the close
        frame that answers the peer.
        """


class Edge(Protocol):
    """What a server asks of its gateway."""

    @property
    def limits(self) -> Limits:
        """Read once, when the server is made."""

    def accept(self, upgrade: Upgrade) -> WebSocketHandler | Rejection:
        """Decide about an upgrade, without waiting."""
