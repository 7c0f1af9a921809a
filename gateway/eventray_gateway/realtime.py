"""One WebSocket: turns its messages into the connection's inputs, and the connection's effects into I/O."""

import asyncio
import logging
from dataclasses import dataclass, field

from eventray_core.api import Api
from eventray_core.auth import Allowed, Credentials, Decision, Denied, Operation
from eventray_core.channel import ChannelPattern
from eventray_core.errors import BadRequestError, ServiceUnavailableError, UnauthorizedError
from eventray_core.handling.context import Caller
from eventray_core.limits import Limits
from eventray_core.realtime import codec
from eventray_core.realtime.connection import Phase, RealtimeConnection
from eventray_core.realtime.effects import Authorize, Close, Drop, Effect, GoLive, Open, Send, StartPublish
from eventray_core.realtime.frames import ErrorFrame, KeepAlive, ServerFrame, Unsupported
from eventray_core.routing.lanes import PublicationEnded
from eventray_gateway.auth.authorizer import authorize, is_still_allowed
from eventray_gateway.callers import realtime_caller
from eventray_gateway.counters import GatewayCounters
from eventray_gateway.fanout import Fanout
from eventray_gateway.ids import new_id
from eventray_gateway.keep_alive import KeepAliveWheel
from eventray_gateway.router import Router
from eventray_gateway.wire.edge import Upgrade, WebSocket

_log = logging.getLogger(__name__)

NO_LONGER = "The subscription is not authorized any more."
KEEP_ALIVE = codec.encode(KeepAlive())
GOING_AWAY = 1001
POLICY_VIOLATION = 1008
REJECT_AFTER = 0.25
"""Seconds. A `connection_error` that comes with the 101 is lost on clients that do not listen yet."""


@dataclass(slots=True)
class Surroundings:
    """What the connections of one gateway share."""

    limits: Limits
    router: Router
    fanout: Fanout
    keep_alive: KeepAliveWheel
    counters: GatewayCounters
    handlers: set["RealtimeHandler"] = field(default_factory=set)


class Subscriber:
    """One subscription's name in the router and in the fan-out; compares by identity."""

    __slots__ = ("allowed", "handler", "id", "key")

    def __init__(self, handler: "RealtimeHandler", id_: str, key: str, allowed: Allowed) -> None:
        self.handler = handler
        self.id = id_
        self.key = key
        self.allowed = allowed

    def started(self) -> None:
        """Its shard has it."""
        self.handler.opened_subscription(self)

    def not_started(self) -> None:
        """Its shard could not say so."""
        self.handler.refused_subscription(self)


class RealtimeHandler:
    """One connection of one API. Decides nothing: `RealtimeConnection` does."""

    __slots__ = (
        "_allowed", "_connection", "_counters", "_headers", "_shared", "_socket", "_subscribers", "api_id",
        "request_id",
    )  # fmt: skip

    def __init__(self, shared: Surroundings, api: Api, upgrade: Upgrade) -> None:
        self.request_id = upgrade.request_id
        self._shared = shared
        self.api_id = api.api_id
        self._counters = shared.counters.of(api.api_id)
        self._connection = RealtimeConnection(shared.limits, new_id)
        self._allowed: Allowed | None = None
        self._headers = upgrade.headers
        self._subscribers: dict[str, Subscriber] | None = None
        self._socket: WebSocket | None = None
        self._authorize_connect(api, upgrade)

    def _authorize_connect(self, api: Api, upgrade: Upgrade) -> None:
        try:
            decision = authorize(api, Operation.CONNECT, None, connect_credentials(upgrade))
        except BadRequestError as error:
            self._connection.refuse(error)
            self._count(error.error_type)
            return
        if isinstance(decision, Allowed):
            self._allowed = decision
        else:
            self._connection.refuse()
            self._count("UnauthorizedException")

    def _count(self, error_type: str) -> None:
        self._shared.counters.refused(error_type, self._counters)

    # What the wire says

    def opened(self, socket: WebSocket) -> None:
        """The upgrade is answered."""
        self._socket = socket
        self._shared.counters.connections_opened += 1
        self._counters.connections_opened += 1
        self._shared.handlers.add(self)
        if self._connection.phase is Phase.OPEN:
            self._shared.keep_alive.add(id(self), self._beat)
        else:
            asyncio.get_running_loop().call_later(REJECT_AFTER, self._reject)

    def _reject(self) -> None:
        self._act(self._connection.reject_now())

    def _beat(self) -> None:
        if self._socket is not None:
            self._socket.send_text(KEEP_ALIVE)

    def text(self, data: bytes) -> None:
        """One message."""
        self._act(self._connection.receive(codec.decode(data)))

    def binary(self) -> None:
        """Nothing in the protocol is binary."""
        self._act(self._connection.receive(Unsupported()))

    def writable(self, paused: bool) -> None:
        """The transport holds more than it may: nobody reads at the other end."""
        if paused:
            # Not from within a write: the fan-out is going through its lists.
            asyncio.get_running_loop().call_soon(self._disconnect_slow)

    def _disconnect_slow(self) -> None:
        self._shared.counters.slow_consumers += 1
        _log.info("%s disconnected: it does not read", self.request_id, extra={"request_id": self.request_id})
        self.abort()

    def closed(self, code: int | None, clean: bool) -> None:
        """The connection is gone."""
        shared = self._shared
        shared.handlers.discard(self)
        shared.keep_alive.remove(id(self))
        shared.counters.connections_closed += 1
        self._counters.connections_closed += 1
        self._act(self._connection.closed())
        self._socket = None

    # What the router says

    def opened_subscription(self, subscriber: Subscriber) -> None:
        """The subscription may go live."""
        if self._is_current(subscriber):
            self._act(self._connection.opened(subscriber.id))

    def refused_subscription(self, subscriber: Subscriber) -> None:
        """The subscription could not be confirmed; the router has forgotten it."""
        if self._is_current(subscriber):
            self._forget(subscriber.id)
            self._act(self._connection.not_opened(subscriber.id, ServiceUnavailableError()))

    def _is_current(self, subscriber: Subscriber) -> bool:
        return self._subscribers is not None and self._subscribers.get(subscriber.id) is subscriber

    # What the connection asks

    def _act(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._send(effect.frame)
            else:
                self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Authorize():
                self._authorize(effect)
            case Open():
                self._open(effect)
            case GoLive(id_):
                self._go_live(id_)
            case Drop(id_):
                self._drop(id_)
            case StartPublish():
                self._publish(effect)
            case Close(code):
                self.close(code)

    def _send(self, frame: ServerFrame) -> None:
        if isinstance(frame, ErrorFrame):
            self._count(frame.errors[0].error_type)
        if self._socket is not None:
            self._socket.send_text(codec.encode(frame))

    def _authorize(self, asked: Authorize) -> None:
        api = self._shared.router.catalog.get(self.api_id)
        if api is None:
            decision: Decision = Denied()
        else:
            decision = authorize(api, asked.operation, asked.channel, asked.credentials)
        self._act(self._connection.authorized(asked.ticket, decision))

    def _open(self, effect: Open) -> None:
        """Have the namespace's handler asked, if it has one; then the channel's shard."""
        pattern, router = effect.pattern, self._shared.router
        subscriber = Subscriber(self, effect.id, pattern.key(self.api_id), effect.allowed)
        if self._subscribers is None:
            self._subscribers = {}
        self._subscribers[effect.id] = subscriber
        api = router.catalog.get(self.api_id)
        namespace = api.namespaces.get(pattern.namespace) if api else None
        if api is not None and namespace is not None and namespace.handles_subscribe:
            caller = realtime_caller(api, effect.allowed, self._headers, effect.credentials)
            router.ask(self.api_id, pattern, caller, lambda ended: self._asked(subscriber, ended))
        else:
            router.subscribe(subscriber.key, subscriber)

    def _asked(self, subscriber: Subscriber, ended: PublicationEnded) -> None:
        """The handler's answer; nobody may wait for it any more."""
        if not self._is_current(subscriber):
            return
        if ended.error is None:
            self._shared.router.subscribe(subscriber.key, subscriber)
        else:
            self._forget(subscriber.id)
            self._act(self._connection.not_opened(subscriber.id, ended.error))

    def _go_live(self, id_: str) -> None:
        assert self._subscribers is not None
        assert self._socket is not None
        subscriber = self._subscribers[id_]
        self._shared.fanout.add(subscriber.key, subscriber, codec.data_prefix(id_), self._socket.write)

    def _drop(self, id_: str) -> None:
        subscriber = self._forget(id_)
        if subscriber is not None:
            self._shared.fanout.remove(subscriber.key, subscriber)
            self._shared.router.unsubscribe(subscriber.key, subscriber)

    def _forget(self, id_: str) -> Subscriber | None:
        return self._subscribers.pop(id_, None) if self._subscribers else None

    def _publish(self, effect: StartPublish) -> None:
        shared, ticket, events = self._shared, effect.ticket, effect.accepted.events
        shared.counters.publish_requests += 1
        self._counters.publish_requests += 1
        shared.counters.accepted(self._counters, len(events), sum(len(event.literal) for event in events))
        shared.router.publish(
            self.api_id,
            effect.channel,
            [event.id for event in events],
            [event.literal for event in events],
            lambda ended: self._published(ticket, ended),
            caller=self._publisher(effect),
        )

    def _publisher(self, effect: StartPublish) -> Caller | None:
        """Who publishes, if the namespace has handlers."""
        api = self._shared.router.catalog.get(self.api_id)
        namespace = api.namespaces.get(effect.channel.namespace) if api else None
        if api is None or namespace is None or not namespace.handles_publish:
            return None
        return realtime_caller(api, effect.allowed, self._headers, effect.credentials)

    def _published(self, ticket: int, ended: PublicationEnded) -> None:
        self._act(self._connection.published(ticket, ended.error, ended.failed))

    # The configuration has changed, or a key has expired

    def review(self, now: float) -> None:
        """End what could not be asked for any more: a subscription, or the whole connection."""
        api = self._shared.router.catalog.get(self.api_id)
        if api is None:
            self.close(GOING_AWAY)
        elif not self._may(api, Operation.CONNECT, None, self._allowed, now):
            self.close(POLICY_VIOLATION)
        else:
            self._review_subscriptions(api, now)

    def _review_subscriptions(self, api: Api, now: float) -> None:
        patterns = {id_: subscription.pattern for id_, subscription in self._connection.subscriptions.items()}
        for subscriber in list((self._subscribers or {}).values()):
            if not self._may(api, Operation.SUBSCRIBE, patterns[subscriber.id], subscriber.allowed, now):
                self._act(self._connection.ended(subscriber.id, UnauthorizedError(NO_LONGER)))

    def _may(
        self,
        api: Api,
        operation: Operation,
        pattern: ChannelPattern | None,
        allowed: Allowed | None,
        now: float,
    ) -> bool:
        return allowed is None or is_still_allowed(api, operation, pattern, allowed, now)

    # The end

    def close(self, code: int) -> None:
        """Say goodbye; `closed` follows. No event comes after it."""
        self._leave_fanout()
        if self._socket is not None:
            self._socket.close(code)

    def abort(self) -> None:
        """End without a word; `closed` follows."""
        self._leave_fanout()
        if self._socket is not None:
            self._socket.abort()

    def _leave_fanout(self) -> None:
        for subscriber in (self._subscribers or {}).values():
            self._shared.fanout.remove(subscriber.key, subscriber)


def connect_credentials(upgrade: Upgrade) -> Credentials:
    """From a `header-…` subprotocol, or from the upgrade's own headers as the native SDKs send them.

    Raises `BadRequestError` if the subprotocol cannot be read.
    """
    for subprotocol in upgrade.subprotocols:
        if subprotocol.startswith(codec.HEADER_PREFIX):
            return codec.decode_credentials(subprotocol)
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in upgrade.headers}
