"""The client itself."""

import json
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from eventray_client.authorization import Authorization
from eventray_client.backoff import Backoff
from eventray_client.errors import ClientClosedError, UnavailableError, refusal
from eventray_client.finding import Wanted, find_server
from eventray_client.http_publishing import Answer, HttpEndpoint
from eventray_client.messages import event_text, publish_body, publish_result, reasons
from eventray_client.realtime import Realtime
from eventray_client.results import PublishResult
from eventray_client.server import Server
from eventray_client.subscription import Overflow, Subscription

Transport = Literal["http", "websocket"]

T = TypeVar("T")

TIMEOUT_S = 10.0
QUEUE_SIZE = 1000


class EventsClient:
    """Publishes to a server of AppSync Events, and subscribes to its channels.

        async with EventsClient() as events:
            await events.publish("/default/greetings", {"hello": "world"})
            async with events.subscribe("/default/*") as subscription:
                async for event in subscription:
                    print(event)

    It belongs to one event loop. All subscriptions share one WebSocket connection, which is made when it is
    first needed, and made again when it is lost.
    """

    def __init__(  # noqa: PLR0913 - one for each thing that may be given
        self,
        http_url: str | None = None,
        *,
        realtime_url: str | None = None,
        api_key: str | None = None,
        authorization: Authorization | None = None,
        ca_file: str | Path | None = None,
        ready_file: str | Path | None = None,
        timeout_s: float = TIMEOUT_S,
        backoff: Backoff | None = None,
    ) -> None:
        """What is not given is looked for when the client is entered.

        First in `ready_file`, as `eventray serve --ready-file` writes it; then in the environment:
        `EVENTRAY_HTTP_URL`, `EVENTRAY_REALTIME_URL`, `EVENTRAY_API_KEY`, `EVENTRAY_CA_FILE`; then, as long as
        no URL is known, in the ready file that `EVENTRAY_READY_FILE` names; then, in a process that is tied
        to a Ray cluster, from the server in that cluster.

        `http_url` is like `http://127.0.0.1:8080/event`; of it and `realtime_url` either follows from the
        other. `authorization` takes the place of `api_key`. `ca_file` holds certificates in PEM that are
        trusted besides the system's. `timeout_s` bounds every wait for the server, in seconds. `backoff` says
        how long to wait before connecting again. Proxies named in the environment are not used.
        """
        self._wanted = Wanted(http_url, realtime_url, api_key, Path(ca_file) if ca_file else None)
        self._authorization = authorization
        self._ready_file = Path(ready_file) if ready_file else None
        self._timeout_s = timeout_s
        self._backoff = backoff or Backoff()
        self._server: Server | None = None
        self._http: HttpEndpoint | None = None
        self._realtime: Realtime | None = None

    @classmethod
    def of(cls, server: Server, timeout_s: float = TIMEOUT_S) -> Self:
        """A client of a server that was found already."""
        client = cls(timeout_s=timeout_s)
        client._server = server
        return client

    async def __aenter__(self) -> Self:
        """Find the server; does not connect yet.

        Raises `ServerNotFoundError`, or `UnavailableError` where Ray had to be asked.
        """
        if self._server is None:
            self._server = await find_server(self._wanted, self._authorization, self._ready_file)
        self._http = HttpEndpoint(self._server)
        self._realtime = Realtime(self._server, self._timeout_s, self._backoff)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None and self._realtime is not None:
            self._http.close()
            await self._realtime.close()
        self._http = self._realtime = None

    @property
    def server(self) -> Server:
        """The server that was found; raises `ClientClosedError` before the client is entered."""
        if self._server is None:
            raise ClientClosedError("The client is not open: use it in `async with`.")
        return self._server

    async def publish(self, channel: str, *values: object, transport: Transport = "http") -> PublishResult:
        """Publish 1 to 5 values, each of which has a JSON text of at most 240 KB, in their order.

        Returns when the server has accepted them; some may have `failed` alone. Over HTTP or, with less delay
        from the second one on, over the WebSocket connection. Never sent twice: after an `UnavailableError`,
        the values may have been published or not.

        Raises `TypeError` or `ValueError` for a value that has no JSON text, `CredentialsRefusedError`,
        `ChannelRefusedError`, `InvalidChannelError`, `LimitExceededError`, another `RefusedError` (for the
        number or size of the values), or `UnavailableError`.
        """
        return await self.publish_texts(channel, [event_text(value) for value in values], transport)

    async def publish_texts(
        self, channel: str, texts: list[str], transport: Transport = "http"
    ) -> PublishResult:
        """Like `publish`, for values that are JSON texts already; subscribers get just these texts."""
        if transport == "websocket":
            frame = await _open(self._realtime).publish(channel, texts)
            return _result(frame)
        body = publish_body(channel, texts)
        headers = await self.server.authorization.headers(self.server.http_url, body)
        answer = await _open(self._http).post(headers, body, self._timeout_s)
        return _result(_fields(answer, channel))

    def subscribe(
        self, channel: str, *, queue_size: int = QUEUE_SIZE, overflow: Overflow = "fail"
    ) -> Subscription:
        """A subscription to a channel, or with `/*` at its end to all below a prefix; use it in `async with`.

        Entering it raises `CredentialsRefusedError`, `ChannelRefusedError`, `InvalidChannelError`,
        `LimitExceededError` or `UnavailableError`. After that, a lost connection is made again with the same
        subscriptions; what was published in between does not come (`Subscription.interruptions` counts them).

        Up to `queue_size` events wait to be read. One more ends the subscription: after those that wait,
        reading raises `SubscriptionOverflowError`. With `overflow="drop-oldest"` it costs the oldest instead,
        and `Subscription.dropped` counts those.
        """
        return Subscription(_open(self._realtime), channel, queue_size, overflow)


def _open(part: T | None) -> T:
    if part is None:
        raise ClientClosedError("The client is not open: use it in `async with`.")
    return part


def _fields(answer: Answer, channel: str) -> dict[str, Any]:
    """The body of a publish that was accepted; raises what the answer means otherwise."""
    try:
        fields = json.loads(answer.body)
    except ValueError:
        fields = None
    fields = fields if isinstance(fields, dict) else {}
    if answer.status != HTTPStatus.OK or fields.get("errors"):
        raise refusal(reasons(fields), channel, answer.status)
    return fields


def _result(fields: dict[str, Any]) -> PublishResult:
    try:
        return publish_result(fields)
    except ValueError as error:
        raise UnavailableError(f"The server's answer is {error}.") from None
