"""One HTTP/1.1 connection: uvicorn's protocol with limits on everything that a peer can draw out.

Every connection begins here; an accepted upgrade hands its transport to a `WebSocket`.
"""

import asyncio
import logging
from urllib.parse import unquote

from eventray_gateway.wire.adapter import (
    HandshakeError,
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpToolsProtocol,
    RequestResponseCycle,
    check_handshake,
    new_parser,
    parse_url,
)
from eventray_gateway.wire.answers import error_answer, error_fields, new_request_id
from eventray_gateway.wire.deadlines import Deadlines
from eventray_gateway.wire.edge import Rejection, Upgrade, WebSocketHandler
from eventray_gateway.wire.hub import Hub
from eventray_gateway.wire.request_meter import Refused, RequestMeter
from eventray_gateway.wire.websocket_protocol import WebSocket

_log = logging.getLogger(__name__)

MAX_PIPELINED = 64
"""Requests that wait for the answer to an earlier one."""
MAX_DISCARDED = 16_000_000
"""Bytes that a refused client may still send while it learns of its refusal."""
MIN_PROGRESS = 16_384
"""Bytes of a body that must come within one body time-out."""

INVALID = Rejection(400, "BadRequestException", "The request is not valid HTTP/1.1.")
NO_TUNNELS = Rejection(400, "BadRequestException", "CONNECT is not supported.")
TOO_MANY = Rejection(400, "BadRequestException", "Too many requests wait for their answers on this connection.")
TOO_SLOW = Rejection(408, "BadRequestException", "The request took too long to arrive.")
FAULT = Rejection(500, "InternalFailureException", "The request could not be processed.")


class AnswerCycle(RequestResponseCycle):
    """uvicorn's, but the answer to a fault of ours has AppSync's form."""

    async def send_500_response(self) -> None:
        """Answer for an application that failed before it answered."""
        body = error_body(FAULT)
        headers = error_fields(FAULT, new_request_id(), len(body))
        raw = [(name.encode(), value.encode()) for name, value in headers.items() if name != "date"]
        await self.send({"type": "http.response.start", "status": FAULT.status, "headers": raw})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})
