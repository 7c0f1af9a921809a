"""One WebSocket connection of AppSync Events: messages in, effects out (specification, section 3).

The shell decodes messages, calls `receive`, and carries out the effects in order. Whatever takes time is an
effect that the shell answers later; an answer that comes after the end is ignored.
"""

import enum
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eventray_core.auth import NOT_AUTHORIZED, Allowed, Credentials, Decision, Operation
from eventray_core.channel import Channel, ChannelPattern
from eventray_core.errors import EventRayError, InvalidChannelError, InvalidEventsError
from eventray_core.event import AcceptedEvents, TooManyEventsError, accept_events
from eventray_core.limits import Limits
from eventray_core.realtime import frames as f
from eventray_core.realtime.effects import Authorize, Close, Drop, Effect, GoLive, Open, Send, StartPublish
from eventray_core.subscription import Subscription, SubscriptionPhase

NORMAL_CLOSURE = 1000

_UNSUPPORTED = f.ErrorFrame(
    "error",
    (f.ErrorEntry("UnsupportedOperation", "Operation not supported through the realtime channel"),),
)
_INVALID_CHANNEL = (
    f.ErrorEntry("UnauthorizedException"),
    f.ErrorEntry("BadRequestException", "Invalid Channel Format"),
)
_REFUSED = f.ErrorEntry("UnauthorizedException", NOT_AUTHORIZED, 401)


class Phase(enum.Enum):
    """Where a connection is in its life."""

    OPEN = enum.auto()
    REFUSED = enum.auto()
    """Not authorized; told so when it first speaks, since what is sent earlier is lost on some clients."""
    CLOSED = enum.auto()


@dataclass(slots=True)
class Publishing:
    """One publish until it is answered; those of a connection start in the order in which they came."""

    id: str
    channel: Channel
    accepted: AcceptedEvents
    credentials: Credentials
    allowed: Allowed | None = None


class RealtimeConnection:
    """The state of one connection; there are tens of thousands of them."""

    __slots__ = (
        "_last_ticket",
        "_limits",
        "_new_id",
        "_publishes",
        "_queue",
        "_refusal",
        "_subscribes",
        "phase",
        "subscriptions",
    )  # fmt: skip

    def __init__(self, limits: Limits, new_id: Callable[[], str]) -> None:
        self.phase = Phase.OPEN
        self.subscriptions: dict[str, Subscription] = {}
        self._limits = limits
        self._new_id = new_id
        self._last_ticket = 0
        self._subscribes: dict[int, tuple[str, Credentials]] | None = None
        self._publishes: dict[int, Publishing] | None = None
        self._queue: deque[int] | None = None
        self._refusal = _REFUSED

    # The connection itself

    def refuse(self, error: EventRayError | None = None) -> None:
        """The credentials of the upgrade were not good: unauthorized, or malformed if `error` says so."""
        self.phase = Phase.REFUSED
        if error is not None:
            self._refusal = f.ErrorEntry(error.error_type, error.message, 400)

    def reject_now(self) -> list[Effect]:
        """Tell a refused client why, though it has said nothing yet; nothing for others."""
        if self.phase is not Phase.REFUSED:
            return []
        self.phase = Phase.CLOSED
        return [Send(f.ErrorFrame("connection_error", (self._refusal,))), Close(NORMAL_CLOSURE)]

    def closed(self) -> list[Effect]:
        """The connection is gone, for whatever reason."""
        self.phase = Phase.CLOSED
        effects: list[Effect] = [
            Drop(id_, subscription.pattern)
            for id_, subscription in self.subscriptions.items()
            if subscription.phase is not SubscriptionPhase.AUTHORIZING
        ]
        self.subscriptions = {}
        self._subscribes = self._publishes = self._queue = None
        return effects

    # Messages

    def receive(self, frame: f.ClientFrame) -> list[Effect]:
        """React to one message."""
        if self.phase is not Phase.OPEN:
            return self.reject_now()
        match frame:
            case f.Publish():
                return self._publish(frame)
            case f.Subscribe():
                return self._subscribe(frame)
            case f.Unsubscribe(id_):
                return self._unsubscribe(id_)
            case f.ConnectionInit():
                return [Send(f.ConnectionAck(self._limits.connection_timeout_ms)), Send(f.KeepAlive())]
            case f.Malformed(answer, id_, reason):
                return [_error(answer, id_, f.ErrorEntry("BadRequestException", reason))]
            case f.Unsupported():
                return [Send(_UNSUPPORTED)]

    # Subscribing

    def _subscribe(self, frame: f.Subscribe) -> list[Effect]:
        id_ = frame.id
        if id_ in self.subscriptions:
            # As in GraphQL subscriptions; for Events unverified.
            error = f.ErrorEntry("DuplicatedOperationError", f"Duplicated operation with id {id_}")
            return [_error("subscribe_error", id_, error)]
        if len(self.subscriptions) >= self._limits.subscriptions_per_connection:
            return [_error("subscribe_error", id_, f.ErrorEntry("MaxSubscriptionsReachedError"))]
        try:
            pattern = ChannelPattern.parse(frame.channel)
        except InvalidChannelError:
            return [_error("subscribe_error", id_, *_INVALID_CHANNEL)]
        self.subscriptions[id_] = Subscription(pattern)
        if self._subscribes is None:
            self._subscribes = {}
        self._last_ticket += 1
        self._subscribes[self._last_ticket] = id_, frame.credentials
        return [Authorize(self._last_ticket, Operation.SUBSCRIBE, pattern, frame.credentials)]

    def authorized(self, ticket: int, decision: Decision) -> list[Effect]:
        """The shell's answer to `Authorize`."""
        if self._subscribes and (asked := self._subscribes.pop(ticket, None)) is not None:
            self._subscribes = self._subscribes or None  # an emptied dictionary keeps its size
            return self._subscribe_authorized(*asked, decision)
        if self._publishes and (publishing := self._publishes.get(ticket)) is not None:
            return self._publish_authorized(ticket, publishing, decision)
        return []

    def _subscribe_authorized(self, id_: str, credentials: Credentials, decision: Decision) -> list[Effect]:
        subscription = self.subscriptions[id_]
        if isinstance(decision, Allowed):
            subscription.phase = SubscriptionPhase.OPENING
            return [Open(id_, subscription.pattern, decision, credentials)]
        # AWS sends no message here.
        return self._fail(id_, f.ErrorEntry("UnauthorizedException"))

    def opened(self, id_: str) -> list[Effect]:
        """The shell's answer to `Open`: its shard knows of it."""
        subscription = self.subscriptions.get(id_)
        if subscription is None or subscription.phase is not SubscriptionPhase.OPENING:
            return []
        if subscription.unwanted:
            del self.subscriptions[id_]
            return [
                Send(f.SubscribeSuccess(id_)),
                Drop(id_, subscription.pattern),
                Send(f.UnsubscribeSuccess(id_)),
            ]
        subscription.phase = SubscriptionPhase.LIVE
        return [GoLive(id_, subscription.pattern), Send(f.SubscribeSuccess(id_))]

    def not_opened(self, id_: str, error: EventRayError) -> list[Effect]:
        """The shell's answer to `Open`: it could not be done; the shell has forgotten it."""
        subscription = self.subscriptions.get(id_)
        if subscription is None or subscription.phase is not SubscriptionPhase.OPENING:
            return []
        error_type = getattr(error, "subscribe_error_type", error.error_type)
        return self._fail(id_, f.ErrorEntry(error_type, error.message))

    def ended(self, id_: str, error: EventRayError) -> list[Effect]:
        """What allowed the subscription is gone: it ends, the connection and its others go on.

        The protocol has no message for this. `error` with the subscription's id is the one that makes the
        official clients fail that subscription and nothing else; one that waits for its answer gets that.
        """
        subscription = self.subscriptions.get(id_)
        if subscription is None or subscription.phase is SubscriptionPhase.AUTHORIZING:
            return []
        entry = f.ErrorEntry(error.error_type, error.message)
        drop: Effect = Drop(id_, subscription.pattern)
        if subscription.phase is SubscriptionPhase.OPENING:
            return [drop, *self._fail(id_, entry)]
        del self.subscriptions[id_]
        return [drop, _error("error", id_, entry)]

    def _fail(self, id_: str, error: f.ErrorEntry) -> list[Effect]:
        unwanted = self.subscriptions.pop(id_).unwanted
        farewell: list[Effect] = [Send(f.UnsubscribeSuccess(id_))] if unwanted else []
        return [_error("subscribe_error", id_, error), *farewell]

    def _unsubscribe(self, id_: str) -> list[Effect]:
        subscription = self.subscriptions.get(id_)
        if subscription is None or subscription.unwanted:
            error = f.ErrorEntry("UnknownOperationError", f"Unknown operation id {id_}")
            return [_error("unsubscribe_error", id_, error)]
        if subscription.phase is not SubscriptionPhase.LIVE:
            # AWS ignores it before the acknowledgement; here it is remembered until then.
            subscription.unwanted = True
            return []
        del self.subscriptions[id_]
        return [Drop(id_, subscription.pattern), Send(f.UnsubscribeSuccess(id_))]

    # Publishing

    def _publish(self, frame: f.Publish) -> list[Effect]:
        try:
            channel = Channel.parse(frame.channel)
            accepted = accept_events(frame.events, self._limits, self._new_id)
        except EventRayError as error:
            return [_error("publish_error", frame.id, _publish_error(error))]
        if self._publishes is None or self._queue is None:
            self._publishes, self._queue = {}, deque()
        self._last_ticket += 1
        ticket = self._last_ticket
        self._publishes[ticket] = Publishing(frame.id, channel, accepted, frame.credentials)
        self._queue.append(ticket)
        return [Authorize(ticket, Operation.PUBLISH, channel, frame.credentials)]

    def _publish_authorized(self, ticket: int, publishing: Publishing, decision: Decision) -> list[Effect]:
        assert self._publishes is not None
        if isinstance(decision, Allowed):
            publishing.allowed = decision
            return self._start_in_order()
        del self._publishes[ticket]
        error = f.ErrorEntry("UnauthorizedException", decision.message)
        return [_error("publish_error", publishing.id, error), *self._start_in_order()]

    def _start_in_order(self) -> list[Effect]:
        """Start what is allowed, up to the first publish that is not decided yet."""
        assert self._publishes is not None
        assert self._queue is not None
        effects: list[Effect] = []
        while self._queue:
            publishing = self._publishes.get(self._queue[0])
            allowed = publishing.allowed if publishing is not None else None
            if publishing is not None and allowed is None:
                break
            ticket = self._queue.popleft()
            if publishing is None or allowed is None:
                continue
            if (accepted := publishing.accepted).events:
                start = StartPublish(ticket, publishing.channel, accepted, allowed, publishing.credentials)
                effects.append(start)
            else:
                del self._publishes[ticket]
                effects.append(Send(f.PublishSuccess(publishing.id, publishing.accepted)))
        return effects

    def published(
        self,
        ticket: int,
        error: EventRayError | None = None,
        failures: Sequence[tuple[str, str, str]] = (),
    ) -> list[Effect]:
        """The shell's answer to `StartPublish`; `failures` are events that a handler failed alone."""
        publishing = self._publishes.pop(ticket, None) if self._publishes else None
        if publishing is None:
            return []
        if not self._publishes:
            self._publishes = self._queue = None
        if error is None:
            return [Send(f.PublishSuccess(publishing.id, publishing.accepted.without(failures)))]
        return [_error("publish_error", publishing.id, _publish_error(error))]

    def check_invariants(self) -> None:
        """Raise if the books do not balance."""
        authorizing = {i for i, s in self.subscriptions.items() if s.phase is SubscriptionPhase.AUTHORIZING}
        assert {id_ for id_, _credentials in (self._subscribes or {}).values()} == authorizing
        assert len(self.subscriptions) <= self._limits.subscriptions_per_connection
        publishes, queue = self._publishes or {}, list(self._queue or ())
        assert queue == sorted(set(queue))
        assert not queue or (queue[0] in publishes and publishes[queue[0]].allowed is None)
        assert {ticket for ticket, p in publishes.items() if p.allowed is None} <= set(queue)
        assert self.phase is Phase.OPEN or not (self.subscriptions or publishes or queue)


def _error(kind: str, id_: str, *errors: f.ErrorEntry) -> Send:
    return Send(f.ErrorFrame(kind, errors, id_))


def _publish_error(error: EventRayError) -> f.ErrorEntry:
    """Over WebSocket, bad events have another error type than over HTTP (specification, section 3.6).

    What AWS says to an invalid channel here is not known; it is HTTP's answer to one.
    """
    message = error.message
    if isinstance(error, TooManyEventsError) and message:
        message = message[0].lower() + message[1:]
    error_type = "InvalidInputError" if isinstance(error, InvalidEventsError) else error.error_type
    return f.ErrorEntry(error_type, message)
