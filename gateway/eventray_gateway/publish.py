"""`POST /event`: a plain ASGI callable in front of the application, since it is the busiest route by far."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from eventray_core.api import Api
from eventray_core.auth import Credentials, Decision, Denied, Operation
from eventray_core.errors import (
    BadRequestError,
    EventRayError,
    RequestTooLargeError,
    ServiceUnavailableError,
    UnauthorizedError,
)
from eventray_core.limits import Limits
from eventray_core.link.envelopes import Outcome
from eventray_core.publish.request import PublishRequest, parse_publish
from eventray_core.publish.response import encode_error, encode_published
from eventray_gateway.addressing import Endpoint, Target, api_of, target_of
from eventray_gateway.auth.authorizer import authenticate, authorize
from eventray_gateway.counters import GatewayCounters
from eventray_gateway.error_responses import status_of
from eventray_gateway.ids import new_id
from eventray_gateway.router import Router

_log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_COMMON = [
    (b"content-type", b"application/json; charset=UTF-8"),
    (b"x-amzn-appsync-tokensconsumed", b"1"),
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version",
    ),
]
_ALLOWED_HEADERS = (
    b"content-type,x-api-key,authorization,x-amz-date,x-amz-security-token,x-amz-user-agent,"
    b"x-amz-content-sha256"
)


class PublishEndpoint:
    """Answers the publish endpoint's requests, passes all others on to `app`."""

    def __init__(self, app: Asgi, router: Router, limits: Limits, counters: GatewayCounters) -> None:
        self._app = app
        self._router = router
        self._limits = limits
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request_id = new_id()
        target = target_of(scope["path"]) if scope["type"] == "http" else None
        if target is None or target.endpoint is not Endpoint.PUBLISH:
            await self._app(scope, receive, _with_request_id(send, request_id.encode()))
        elif scope["method"] == "POST":
            status, headers, body = await self._answer(scope, receive, target, request_id)
            await _respond(send, request_id, status, headers, body)
        elif scope["method"] == "OPTIONS":
            await _respond(send, request_id, 200, _preflight(scope), b"")
        else:
            body = encode_error("UnsupportedOperation", "Events are published by POST.")
            await _respond(send, request_id, 405, _error_headers("UnsupportedOperation", b"POST"), body)

    async def _answer(
        self, scope: Scope, receive: Receive, target: Target, request_id: str
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        try:
            return 200, [], await self._publish(scope, receive, target)
        except EventRayError as error:
            status = getattr(error, "status", None) or status_of(error)
            self._counters.errors[error.error_type] += 1
            _log.info(
                "%s publish refused: %s", request_id, error.error_type, extra={"request_id": request_id}
            )
            return status, _error_headers(error.error_type), encode_error(error.error_type, error.message)

    async def _publish(self, scope: Scope, receive: Receive, target: Target) -> bytes:
        self._counters.publish_requests += 1
        if not self._router.catalog.version:
            raise ServiceUnavailableError("The server is starting.")
        api = api_of(self._router.catalog, target, scope["headers"])
        credentials = _credentials(scope["headers"])
        if api is None:
            raise UnauthorizedError
        _must_be_allowed(authenticate(api, credentials))
        body = await _read(receive, self._limits.publish_body_bytes)
        request = parse_publish(body, self._limits, new_id)
        _must_be_allowed(authorize(api, Operation.PUBLISH, request.channel, credentials))
        await self._deliver(api, request, _header(scope["headers"], b"traceparent"))
        return encode_published(request.accepted)

    async def _deliver(self, api: Api, request: PublishRequest, traceparent: str | None) -> None:
        events = request.accepted.events
        if not events:
            return
        self._counters.events_in += len(events)
        self._counters.bytes_in += sum(len(event.literal) for event in events)
        ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._router.publish(
            api.api_id,
            request.channel,
            [event.id for event in events],
            [event.literal for event in events],
            lambda outcome: None if ended.done() else ended.set_result(outcome),
            traceparent,
        )
        if await ended is not Outcome.OK:
            raise ServiceUnavailableError


class RefusedError(UnauthorizedError):
    """An operation that was denied, with the status that the decision asks for."""

    def __init__(self, text: str | None, status: int) -> None:
        super().__init__(text, status)
        self.status = status

    @property
    def message(self) -> str | None:
        """None where AWS sends none."""
        text: str | None = self.args[0]
        return text


def _must_be_allowed(decision: Decision) -> None:
    if isinstance(decision, Denied):
        raise RefusedError(decision.message, decision.status)


async def _read(receive: Receive, limit: int) -> bytes:
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


def _credentials(headers: list[tuple[bytes, bytes]]) -> Credentials:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


def _header(headers: list[tuple[bytes, bytes]], wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), None)


def _error_headers(error_type: str, allow: bytes = b"") -> list[tuple[bytes, bytes]]:
    headers = [(b"x-amzn-errortype", error_type.encode())]
    return [*headers, (b"allow", allow)] if allow else headers


def _preflight(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Any origin may publish, with the headers that its browser asks for (AWS's list is unverified)."""
    asked = next((v for n, v in scope["headers"] if n == b"access-control-request-headers"), _ALLOWED_HEADERS)
    return [
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", b"172800"),
    ]


async def _respond(
    send: Send, request_id: str, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    length = str(len(body)).encode()
    fixed = [*_COMMON, (b"x-amzn-requestid", request_id.encode()), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": fixed + headers})
    await send({"type": "http.response.body", "body": body})


def _with_request_id(send: Send, request_id: bytes) -> Send:
    async def wrapped(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"x-amzn-requestid", request_id)]
        await send(message)

    return wrapped
