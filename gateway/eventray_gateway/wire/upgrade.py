"""An upgrade request: is it a valid handshake, and does the gateway want it?"""

import logging
from dataclasses import dataclass
from urllib.parse import unquote

from eventray_gateway.wire.adapter import HandshakeError, HttpParserError, check_handshake, parse_url
from eventray_gateway.wire.answers import FAULT
from eventray_gateway.wire.edge import Edge, Rejection, Upgrade, WebSocketHandler

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """What the HTTP parser found."""

    method: str
    http_version: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    client: tuple[str, int] | None
    request_id: str

    def is_for_websocket(self) -> bool:
        """Whether it asks for a WebSocket, and not for something else such as HTTP/2."""
        return [value.lower() for name, value in self.headers if name == b"upgrade"] == [b"websocket"]

    def head_without_upgrade(self) -> bytes:
        """The same request as if it had not asked."""
        lines = [b"%s %s HTTP/%s" % (self.method.encode(), self.target, self.http_version.encode())]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to send, and who takes the messages."""

    answer: bytes
    handler: WebSocketHandler


def decide(edge: Edge, request: UpgradeRequest) -> Accepted | Rejection:
    """Check the handshake, then ask the gateway."""
    if any(name in (b"content-length", b"transfer-encoding") for name, _ in request.headers):
        return Rejection(400, "BadRequestException", "A WebSocket handshake has no body.")
    try:
        path, query = split_target(request.target)
        handshake = check_handshake(request.method, request.http_version, request.headers, request.request_id)
    except (HandshakeError, ValueError) as error:
        return Rejection(400, "BadRequestException", f"The WebSocket handshake is not valid: {error}.")
    upgrade = Upgrade(
        path, query, request.headers, handshake.subprotocols, request.client, request.request_id
    )
    try:
        handler = edge.accept(upgrade)
    except Exception:
        _log.exception("request %s: the upgrade could not be decided", request.request_id)
        return FAULT
    return handler if isinstance(handler, Rejection) else Accepted(handshake.answer, handler)


def split_target(target: bytes) -> tuple[str, bytes]:
    """The path, unquoted, and the query of a request's target; a `ValueError` if it has no path."""
    try:
        parsed = parse_url(target)
    except HttpParserError as error:
        raise ValueError("invalid request target") from error
    if parsed.path is None:
        raise ValueError("invalid request target")
    return unquote(parsed.path.decode("ascii")), parsed.query or b""
