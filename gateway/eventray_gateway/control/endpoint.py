"""`/v1/…`, `/v2/…`, `/eventray/…`: a plain ASGI callable, since signatures are over what came."""

import time
from collections.abc import Callable

from eventray_core.control.calls import Answer, Call
from eventray_core.control.errors import ControlUnavailableError, UnknownOperationError
from eventray_core.control.facts import Facts
from eventray_core.control.operations import Match, match
from eventray_core.errors import BadRequestError
from eventray_core.iam import IamCatalog, Principal, Refusal
from eventray_gateway.asgi import Asgi, Headers, Receive, Scope, Send, read_body, respond
from eventray_gateway.auth.sigv4 import SignedRequest, authenticate
from eventray_gateway.control import requests
from eventray_gateway.control.answers import RefusedCallError, headers_of, preflight, refused
from eventray_gateway.control.directory_calls import DirectoryCalls
from eventray_gateway.counters import GatewayCounters
from eventray_gateway.error_responses import status_of

MAX_BODY_BYTES = 1_100_000
"""Room for the record of a stack; AWS's own operations need 100 KB at most."""

_MISSING_TOKEN = Refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token")


class ControlEndpoint:
    """Answers management calls, passes all other requests on to `app`.

    A call is known, then signed, then allowed, and only then it is sent to the directory. `is_configured`
    tells whether there are users to know yet.
    """

    def __init__(
        self,
        app: Asgi,
        calls: DirectoryCalls,
        users: IamCatalog,
        facts: Facts,
        counters: GatewayCounters,
        is_configured: Callable[[], bool],
    ) -> None:
        self._app = app
        self._calls = calls
        self._users = users
        self._facts = facts
        self._counters = counters
        self._is_configured = is_configured

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not requests.is_management(requests.raw_path(scope)):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await respond(send, 200, preflight(), b"")
        else:
            self._counters.management_requests += 1
            answer, more = await self._answer(scope, receive)
            if answer.error_type is not None:
                self._counters.errors.count(answer.error_type)
            await respond(send, answer.status, headers_of(answer) + more, answer.body)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Answer, Headers]:
        path = requests.raw_path(scope)
        found = match(scope["method"], path)
        if found is None:
            return _no_operation(scope["method"], path)
        if not any(name == b"authorization" for name, _ in scope["headers"]):
            return refused(_MISSING_TOKEN), []
        if not self._is_configured():
            return ControlUnavailableError("The server is starting.").answer(), []
        try:
            body = await read_body(receive, MAX_BODY_BYTES)
        except BadRequestError as error:
            text = error.message or ""
            return RefusedCallError(status_of(error), error.error_type, text).answer(), []
        return await self._answer_signed(found, scope, body), []

    async def _answer_signed(self, found: Match, scope: Scope, body: bytes) -> Answer:
        now = time.time()
        principal = authenticate(SignedRequest.of_scope(scope, body), self._users, now)
        if isinstance(principal, Refusal):
            return refused(principal)
        call = requests.call_of(found, scope, body, principal.arn)
        refusal = self._refusal(found, call, principal, scope, now)
        return await self._calls.call(call) if refusal is None else refused(refusal)

    def _refusal(
        self, found: Match, call: Call, principal: Principal, scope: Scope, now: float
    ) -> Refusal | None:
        operation = found.operation
        resources = [operation.resource(call, self._facts)]
        context = requests.context_of(call, scope, self._facts, now)
        return self._users.authorize(principal, operation.action, resources, context)


def _no_operation(method: str, path: str) -> tuple[Answer, Headers]:
    methods = requests.methods_of(path)
    if not methods:
        return UnknownOperationError("There is no operation at this path.").answer(), []
    text = f"{method} is not a method of this path."
    answer = RefusedCallError(405, "MethodNotAllowedException", text).answer()
    return answer, [(b"allow", ", ".join([*methods, "OPTIONS"]).encode())]
