"""The one module that knows uvicorn, httptools and websockets, by the versions that are pinned.

What is relied on beyond their documentation is held by `tests/contracts/test_wire_adapter.py`.
"""

import logging
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from types import CodeType, GeneratorType
from typing import Any, cast

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidURLError,
    HttpParserUpgrade,
    HttpRequestParser,
    parse_url,
)
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import SERVER, State
from websockets.protocol import Protocol as Framer
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

__all__ = [
    "Config",
    "Frame",
    "Framer",
    "HandshakeError",
    "HttpParserCallbackError",
    "HttpParserError",
    "HttpParserInvalidURLError",
    "HttpParserUpgrade",
    "HttpToolsProtocol",
    "Opcode",
    "RequestResponseCycle",
    "ServerState",
    "State",
    "check_handshake",
    "is_between_frames",
    "new_framer",
    "new_parser",
    "parse_url",
    "release_framer",
    "trim_reason",
    "uvicorn_config",
]

SUBPROTOCOL = "aws-appsync-event-ws"
MAX_REASON_BYTES = 123

# At DEBUG the library writes frames and headers, and with them payloads and credentials, to the log.
_log = logging.getLogger("eventray_gateway.wire.websockets")
_log.setLevel(logging.WARNING)


def uvicorn_config(app: Callable[..., Any]) -> Config:
    """What uvicorn's HTTP protocol wants to know; everything else of uvicorn stays off."""
    config = Config(
        app,
        loop="none",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    config.load()
    return config


def new_parser(protocol: HttpToolsProtocol) -> HttpRequestParser:
    """A parser as uvicorn makes it."""
    parser = HttpRequestParser(protocol)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


class HandshakeError(Exception):
    """An upgrade request that is not a valid WebSocket handshake."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """A valid one: what was offered, and the 101 that answers it."""

    subprotocols: tuple[str, ...]
    answer: bytes


# Checks one opening handshake after another; `accept` keeps nothing that matters to the next.
_handshakes = ServerProtocol(logger=_log)


def check_handshake(
    method: str, http_version: str, headers: Iterable[tuple[bytes, bytes]], request_id: str
) -> Handshake:
    """Check an upgrade request and make its answer.

    The headers come parsed: the library's own parser refuses lines over 8,192 bytes, and tokens are longer.
    It does not see what subprotocols are offered either: credentials in padded base64, or in the standard
    alphabet, have characters that RFC 6455 (section 4.1) does not allow there.
    """
    relevant, offered = Headers(), list[str]()
    for name, value in headers:
        if name == b"sec-websocket-protocol":
            offered += [part.strip() for part in value.decode("latin-1").split(",")]
        elif name.startswith(b"sec-websocket-") or name in (b"connection", b"upgrade"):
            relevant.set_insecure(name.decode("latin-1"), value.decode("latin-1"))
    response = _handshakes.accept(Request("/", relevant, method, f"HTTP/{http_version}"))
    if response.status_code != 101:
        raise HandshakeError(str(_handshakes.handshake_exc))
    if SUBPROTOCOL in offered:
        response.headers["Sec-WebSocket-Protocol"] = SUBPROTOCOL
    response.headers["x-amzn-RequestId"] = request_id
    return Handshake(tuple(offered), response.serialize())


def new_framer(max_message_bytes: int) -> Framer:
    """A sans-I/O core for the frames of one open connection, without extensions."""
    return Framer(SERVER, state=State.OPEN, max_size=max_message_bytes, logger=_log)


_at_eof = StreamReader.at_eof.__code__


def _where(parser: Generator[None, None, None]) -> CodeType | None:
    """Which part of the library waits for the next byte."""
    inner = cast("GeneratorType[None, None, None]", parser).gi_yieldfrom
    return inner.gi_code if isinstance(inner, GeneratorType) else None


def is_between_frames(framer: Framer) -> bool:
    """Whether a framer is as good as new: open, no part of a frame or message read, nothing to give out."""
    return (
        _where(framer.parser) is _at_eof
        and framer.state is State.OPEN
        and framer.current_size is None
        and not framer.reader.buffer
    )


def release_framer(framer: Framer) -> None:
    """Take a framer apart that will read nothing more: it and its parser hold each other."""
    framer.parser.close()
    framer.reader.discard()


def trim_reason(reason: str) -> str:
    """As much of a close reason as fits in a control frame."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
