"""The few things that plain ASGI endpoints have in common."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from eventray_core.errors import BadRequestError, RequestTooLargeError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body; raises once it is too large, or its sender is gone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BadRequestError("The request ended before its body did.")
        body = message.get("body", b"")
        size += len(body)
        if size > limit:
            raise RequestTooLargeError(f"The request body is larger than {limit} bytes.")
        parts.append(body)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def header(headers: Headers, wanted: bytes) -> str | None:
    """The first header of that name, which is in lower case."""
    return next((value.decode("latin-1") for name, value in headers if name == wanted), None)


async def respond(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send a whole answer."""
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers + length})
    await send({"type": "http.response.body", "body": body})
