"""`POST /event`: a plain ASGI callable in front of the application, since it is the busiest route by far."""

import asyncio
import logging
import re
from collections.abc import MutableMapping
from typing import Any

from eventray_core.api import Api
from eventray_core.auth import Allowed, Credentials, Decision, Denied, Operation
from eventray_core.errors import (
    EventRayError,
    ServiceUnavailableError,
    UnauthorizedError,
)
from eventray_core.event import AcceptedEvents
from eventray_core.handling.context import Caller
from eventray_core.limits import Limits
from eventray_core.publish.request import PublishRequest, parse_publish
from eventray_core.publish.response import encode_error, encode_published
from eventray_core.routing.lanes import PublicationEnded
from eventray_gateway.addressing import Endpoint, Target, api_of, target_of
from eventray_gateway.asgi import Asgi, Receive, Scope, Send, header, read_body, respond
from eventray_gateway.auth.authorizer import authenticate, authorize
from eventray_gateway.callers import http_caller
from eventray_gateway.counters import ApiCounters, GatewayCounters
from eventray_gateway.error_responses import status_of
from eventray_gateway.ids import new_id
from eventray_gateway.router import Router

_log = logging.getLogger(__name__)

_COMMON = [
    (b"content-type", b"application/json; charset=UTF-8"),
    (b"x-amzn-appsync-tokensconsumed", b"1"),
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version",
    ),
]
_IN_A_HEADER = re.compile(r"[A-Za-z0-9_.:#-]{1,128}")
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
            await _answer_with(send, request_id, status, headers, body)
        elif scope["method"] == "OPTIONS":
            await _answer_with(send, request_id, 200, _preflight(scope), b"")
        else:
            body = encode_error("UnsupportedOperation", "Events are published by POST.")
            await _answer_with(send, request_id, 405, _error_headers("UnsupportedOperation", b"POST"), body)

    async def _answer(
        self, scope: Scope, receive: Receive, target: Target, request_id: str
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        counters = None
        try:
            api = self._api(scope, target)
            counters = self._counters.of(api.api_id)
            counters.publish_requests += 1
            return 200, [], await self._publish(scope, receive, api, counters)
        except EventRayError as error:
            status = getattr(error, "status", None) or status_of(error)
            self._counters.refused(error.error_type, counters)
            _log.info(
                "%s publish refused: %s", request_id, error.error_type, extra={"request_id": request_id}
            )
            return status, _error_headers(error.error_type), encode_error(error.error_type, error.message)

    def _api(self, scope: Scope, target: Target) -> Api:
        self._counters.publish_requests += 1
        if not self._router.catalog.version:
            raise ServiceUnavailableError("The server is starting.")
        api = api_of(self._router.catalog, target, scope["headers"])
        if api is None:
            raise UnauthorizedError
        return api

    async def _publish(self, scope: Scope, receive: Receive, meant: Api, counters: ApiCounters) -> bytes:
        credentials = _credentials(scope["headers"])
        _must_be_allowed(authenticate(meant, credentials))
        body = await read_body(receive, self._limits.publish_body_bytes)
        # From here on nothing waits until the publication is on its way: one configuration decides it all.
        api = self._router.catalog.get(meant.api_id)
        if api is None:
            raise UnauthorizedError
        request = parse_publish(body, self._limits, new_id)
        allowed = _must_be_allowed(authorize(api, Operation.PUBLISH, request.channel, credentials))
        namespace = api.namespaces.get(request.channel.namespace)
        caller = None
        if namespace is not None and namespace.handles_publish:
            caller = http_caller(api, allowed, scope["headers"])
        events = request.accepted.events
        self._counters.accepted(counters, len(events), sum(len(event.literal) for event in events))
        traceparent = header(scope["headers"], b"traceparent")
        return encode_published(await self._deliver(api, request, traceparent, caller))

    async def _deliver(
        self, api: Api, request: PublishRequest, traceparent: str | None, caller: Caller | None
    ) -> AcceptedEvents:
        """Publish; returns what became of the events."""
        events = request.accepted.events
        if not events:
            return request.accepted
        ending: asyncio.Future[PublicationEnded] = asyncio.get_running_loop().create_future()
        self._router.publish(
            api.api_id,
            request.channel,
            [event.id for event in events],
            [event.literal for event in events],
            lambda ended: None if ending.done() else ending.set_result(ended),
            traceparent,
            caller,
        )
        ended = await ending
        if ended.error is not None:
            raise ended.error
        return request.accepted.without(ended.failed)


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


def _must_be_allowed(decision: Decision) -> Allowed:
    if isinstance(decision, Denied):
        raise RefusedError(decision.message, decision.status)
    return decision


def _credentials(headers: list[tuple[bytes, bytes]]) -> Credentials:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


def _error_headers(error_type: str, allow: bytes = b"") -> list[tuple[bytes, bytes]]:
    headers = [(b"x-amzn-errortype", _header_value(error_type))]
    return [*headers, (b"allow", allow)] if allow else headers


def _header_value(error_type: str) -> bytes:
    """A handler's own error type stands in the body as it is; a header takes only what harms nobody."""
    return (error_type if _IN_A_HEADER.fullmatch(error_type) else "HandlerError").encode()


def _preflight(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Any origin may publish, with the headers that its browser asks for (AWS's list is unverified)."""
    asked = next((v for n, v in scope["headers"] if n == b"access-control-request-headers"), _ALLOWED_HEADERS)
    return [
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", b"172800"),
    ]


async def _answer_with(
    send: Send, request_id: str, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    await respond(send, status, [*_COMMON, (b"x-amzn-requestid", request_id.encode()), *headers], body)


def _with_request_id(send: Send, request_id: bytes) -> Send:
    async def wrapped(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"x-amzn-requestid", request_id)]
        await send(message)

    return wrapped
