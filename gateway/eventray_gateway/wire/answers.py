"""Error answers that the edge gives by itself, in AppSync's form (data-plane specification, section 4)."""

import asyncio
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, cast

from eventray_core.publish.response import encode_error
from eventray_gateway.ids import new_id
from eventray_gateway.wire.adapter import RequestResponseCycle
from eventray_gateway.wire.edge import Rejection

FAULT = Rejection(500, "InternalFailureException", "The request could not be processed.")
"""All that a client learns of our own faults."""

EXPOSED = b"x-amzn-RequestId,x-amzn-ErrorType"
"""Without this list a browser hides the header that clients branch on."""


def error_answer(rejection: Rejection, request_id: str) -> bytes:
    """The whole answer; the connection must be closed after it."""
    headers, body = _parts(rejection, request_id)
    headers.append((b"date", formatdate(usegmt=True).encode()))
    lines = [b"HTTP/1.1 %d %s" % (rejection.status, HTTPStatus(rejection.status).phrase.encode())]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", body])


def _parts(rejection: Rejection, request_id: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    body = encode_error(rejection.error_type, rejection.message)
    headers = [
        (b"content-type", b"application/json; charset=UTF-8"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        (b"x-amzn-RequestId", request_id.encode()),
        (b"x-amzn-ErrorType", rejection.error_type.encode()),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", EXPOSED),
    ]
    return headers, body


class _HeldHead:
    """Stands for the transport between an answer's head and the first piece of its body."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """Hold the head; send it with what comes next."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        else:
            self._head = data

    def release(self) -> asyncio.Transport:
        """Send a head that is still held; returns the transport that it stood for."""
        if self._head and not self._transport.is_closing():
            self.write(b"")
        return self._transport

    def is_closing(self) -> bool:
        """Whether the transport is."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close the transport, after all that was written."""
        self.release().close()


class AnswerCycle(RequestResponseCycle):
    """uvicorn's, with head and body in one write, and AppSync's form for an application that failed."""

    async def send(self, message: Any) -> None:
        """Take a piece of the answer; the head waits for the first of the body, as ASGI wants it."""
        if message["type"] == "http.response.start" and not self.response_started:
            held = _HeldHead(self.transport)
            self.transport = cast(asyncio.Transport, held)
            await super().send(message)
            return
        await super().send(message)
        if isinstance(self.transport, _HeldHead):
            self.transport = self.transport.release()

    async def send_500_response(self) -> None:
        """Called when the application raised an error, or returned, before it answered."""
        headers, body = _parts(FAULT, new_id())
        await self.send({"type": "http.response.start", "status": FAULT.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body, "more_body": False})
