"""What a connection says of publishes and subscriptions that went through a handler."""

import pytest

from eventray_core.auth import NOT_AUTHORIZED, Allowed, AuthMode
from eventray_core.channel import Channel
from eventray_core.errors import (
    EventRayError,
    HandlerExecutionError,
    HandlerRejectedError,
    HandlerUnauthorizedError,
)
from eventray_core.event import AcceptedEvents, FailedEvent
from eventray_core.limits import Limits
from eventray_core.realtime import frames as f
from eventray_core.realtime.connection import RealtimeConnection
from eventray_core.realtime.effects import Authorize, Effect, Send, StartPublish

ALLOWED = Allowed(AuthMode.AWS_LAMBDA, {"handlerContext": {}})
SHOWN = {"authorization": "token"}


@pytest.fixture
def connection() -> RealtimeConnection:
    ids = iter(["first", "second"])
    return RealtimeConnection(Limits(), lambda: next(ids))


def start(connection: RealtimeConnection, frame: f.ClientFrame) -> list[Effect]:
    [asked] = connection.receive(frame)
    assert isinstance(asked, Authorize)
    return connection.authorized(asked.ticket, ALLOWED)


def publish(connection: RealtimeConnection) -> StartPublish:
    [started] = start(connection, f.Publish("p", "/default/a", ["1", "2"], SHOWN))
    assert isinstance(started, StartPublish)
    return started


def error(kind: str, id_: str, error_type: str, message: str) -> list[Effect]:
    return [Send(f.ErrorFrame(kind, (f.ErrorEntry(error_type, message),), id_))]


def test_a_publish_is_started_with_all_that_a_handler_may_want_to_know(
    connection: RealtimeConnection,
) -> None:
    started = publish(connection)
    assert (started.channel, started.allowed, started.credentials) == (Channel("/default/a"), ALLOWED, SHOWN)


def test_events_that_a_handler_failed_are_told_beside_the_others(connection: RealtimeConnection) -> None:
    started = publish(connection)
    failed = FailedEvent("first", 0, "HandlerError", "no")
    [answer] = connection.published(started.ticket, None, [("first", "HandlerError", "no")])
    assert answer == Send(f.PublishSuccess("p", AcceptedEvents(started.accepted.events[1:], (failed,))))


@pytest.mark.parametrize(
    ("refused", "error_type", "message"),
    [
        (HandlerRejectedError("no", "BadThing"), "BadThing", "no"),
        (HandlerRejectedError("no"), "HandlerError", "no"),
        (HandlerExecutionError(), "HandlerExecutionError", "Unable to process request"),
        (HandlerUnauthorizedError(), "UnauthorizedException", NOT_AUTHORIZED),
    ],
)
def test_a_handler_refuses_a_publish(
    connection: RealtimeConnection, refused: EventRayError, error_type: str, message: str
) -> None:
    answer = connection.published(publish(connection).ticket, refused)
    assert answer == error("publish_error", "p", error_type, message)


def test_a_subscription_that_a_handler_forbids_has_a_type_of_its_own(connection: RealtimeConnection) -> None:
    start(connection, f.Subscribe("s", "/default/a", SHOWN))
    answer = connection.not_opened("s", HandlerUnauthorizedError())
    assert answer == error("subscribe_error", "s", "Unauthorized", NOT_AUTHORIZED)
