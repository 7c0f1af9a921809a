"""What a connection answers to each message; whole conversations are in `test_connection_machine.py`."""

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from eventray_core.auth import NOT_AUTHORIZED, Allowed, AuthMode, Denied, Operation
from eventray_core.channel import Channel, ChannelPattern
from eventray_core.errors import BadRequestError, ServiceUnavailableError
from eventray_core.event import AcceptedEvents, Event, FailedEvent
from eventray_core.limits import Limits
from eventray_core.realtime import frames as f
from eventray_core.realtime.connection import Phase, RealtimeConnection
from eventray_core.realtime.effects import Authorize, Close, Drop, Effect, GoLive, Open, Send, StartPublish

LIMITS = Limits()
ALLOWED = Allowed(AuthMode.API_KEY)
DENIED = Denied(None, 403)
BAD_KEY = Denied(NOT_AUTHORIZED, 401)
KEY = {"x-api-key": "da2-abc"}
A = ChannelPattern("/default/a")
TOO_LARGE = '"' + "a" * 240 * 1024 + '"'


@pytest.fixture
def connection() -> Iterator[RealtimeConnection]:
    numbers = itertools.count()
    connection = RealtimeConnection(LIMITS, lambda: f"id-{next(numbers)}")
    yield connection
    connection.check_invariants()
    connection.closed()
    connection.check_invariants()


def subscribe(id_: str = "s", channel: str = "/default/a") -> f.Subscribe:
    return f.Subscribe(id_, channel, KEY)


def publish(id_: str = "p", *events: Any, channel: str = "/default/a") -> f.Publish:
    return f.Publish(id_, channel, list(events) or ["1"], KEY)


def error(kind: str, id_: str, error_type: str, message: str | None = None) -> list[Effect]:
    return [Send(f.ErrorFrame(kind, (f.ErrorEntry(error_type, message),), id_))]


def go_live(connection: RealtimeConnection, id_: str = "s", channel: str = "/default/a") -> None:
    [asked] = connection.receive(subscribe(id_, channel))
    assert isinstance(asked, Authorize)
    connection.authorized(asked.ticket, ALLOWED)
    assert connection.opened(id_)[-1] == Send(f.SubscribeSuccess(id_))


def ask(connection: RealtimeConnection, frame: f.ClientFrame) -> int:
    """Send what needs an authorization; returns its ticket."""
    [asked] = connection.receive(frame)
    assert isinstance(asked, Authorize)
    return asked.ticket


def accepted(*numbers: int, first_id: int = 0) -> AcceptedEvents:
    return AcceptedEvents(
        tuple(Event(f"id-{first_id + n}", n, f'"{number}"'.encode()) for n, number in enumerate(numbers))
    )


# The connection itself


def test_init_is_acknowledged_with_a_keep_alive_at_once(connection: RealtimeConnection) -> None:
    answer = [Send(f.ConnectionAck(300_000)), Send(f.KeepAlive())]
    assert connection.receive(f.ConnectionInit()) == answer
    assert connection.receive(f.ConnectionInit()) == answer


def test_the_time_out_is_that_of_the_limits() -> None:
    connection = RealtimeConnection(replace(LIMITS, connection_timeout_ms=7_000), str)
    assert connection.receive(f.ConnectionInit())[0] == Send(f.ConnectionAck(7_000))


def test_init_is_optional(connection: RealtimeConnection) -> None:
    assert ask(connection, subscribe())
    assert ask(connection, publish())


FIRST_FRAMES = [f.ConnectionInit(), subscribe(), publish(), f.Unsubscribe("s"), f.Unsupported()]


@pytest.mark.parametrize("frame", FIRST_FRAMES, ids=lambda frame: type(frame).__name__)
def test_a_refused_client_is_told_when_it_first_speaks(
    connection: RealtimeConnection, frame: f.ClientFrame
) -> None:
    connection.refuse()
    entry = f.ErrorEntry("UnauthorizedException", NOT_AUTHORIZED, 401)
    assert connection.receive(frame) == [Send(f.ErrorFrame("connection_error", (entry,))), Close(1000)]
    assert connection.phase is Phase.CLOSED
    assert connection.receive(frame) == []
    assert connection.reject_now() == []


def test_a_refused_client_that_is_silent_is_told_in_time(connection: RealtimeConnection) -> None:
    connection.refuse()
    assert [type(effect) for effect in connection.reject_now()] == [Send, Close]
    assert connection.reject_now() == []
    assert connection.receive(f.ConnectionInit()) == []


def test_credentials_that_cannot_be_read_are_a_bad_request(connection: RealtimeConnection) -> None:
    connection.refuse(BadRequestError("no base64"))
    entry = f.ErrorEntry("BadRequestException", "no base64", 400)
    assert connection.reject_now()[0] == Send(f.ErrorFrame("connection_error", (entry,)))


def test_a_good_client_is_never_rejected(connection: RealtimeConnection) -> None:
    assert connection.reject_now() == []
    assert connection.phase is Phase.OPEN


def test_a_refused_client_that_leaves_needs_nothing(connection: RealtimeConnection) -> None:
    connection.refuse()
    assert connection.closed() == []
    assert connection.reject_now() == []


def test_what_cannot_be_understood_gets_an_error_without_an_id(connection: RealtimeConnection) -> None:
    entry = f.ErrorEntry("UnsupportedOperation", "Operation not supported through the realtime channel")
    assert connection.receive(f.Unsupported()) == [Send(f.ErrorFrame("error", (entry,)))]
    assert connection.phase is Phase.OPEN


@pytest.mark.parametrize("kind", ["subscribe_error", "unsubscribe_error", "publish_error"])
def test_what_is_malformed_gets_an_error_with_its_id(connection: RealtimeConnection, kind: str) -> None:
    answer = connection.receive(f.Malformed(kind, "a b", "The id is wrong."))
    assert answer == error(kind, "a b", "BadRequestException", "The id is wrong.")


# Subscribing


def test_a_subscription_is_authorized_then_opened_then_live(connection: RealtimeConnection) -> None:
    pattern = ChannelPattern("/default/a/*")
    assert connection.receive(subscribe("s", "default/a/*/")) == [
        Authorize(1, Operation.SUBSCRIBE, pattern, KEY)
    ]
    assert connection.authorized(1, ALLOWED) == [Open("s", pattern, ALLOWED, KEY)]
    assert connection.opened("s") == [GoLive("s", pattern), Send(f.SubscribeSuccess("s"))]


@pytest.mark.parametrize("decision", [DENIED, BAD_KEY])
def test_a_subscriber_is_not_told_why_it_may_not(connection: RealtimeConnection, decision: Denied) -> None:
    ticket = ask(connection, subscribe())
    assert connection.authorized(ticket, decision) == error("subscribe_error", "s", "UnauthorizedException")
    go_live(connection, "s")


def test_the_connections_own_credentials_do_not_count(connection: RealtimeConnection) -> None:
    [asked] = connection.receive(f.Subscribe("s", "/default/a", {}))
    assert asked == Authorize(1, Operation.SUBSCRIBE, A, {})


@pytest.mark.parametrize("channel", ["", "/*", "/a/*/b", "/a b"])
def test_an_invalid_channel_is_two_errors(connection: RealtimeConnection, channel: str) -> None:
    entries = (
        f.ErrorEntry("UnauthorizedException"),
        f.ErrorEntry("BadRequestException", "Invalid Channel Format"),
    )
    answer = connection.receive(subscribe("s", channel))
    assert answer == [Send(f.ErrorFrame("subscribe_error", entries, "s"))]
    go_live(connection, "s")


@pytest.mark.parametrize("stage", ["authorizing", "opening", "live"])
def test_an_id_is_in_use_from_the_first_moment(connection: RealtimeConnection, stage: str) -> None:
    ticket = ask(connection, subscribe())
    if stage != "authorizing":
        connection.authorized(ticket, ALLOWED)
    if stage == "live":
        connection.opened("s")
    duplicate = error("subscribe_error", "s", "DuplicatedOperationError", "Duplicated operation with id s")
    assert connection.receive(subscribe("s", "/default/b")) == duplicate
    assert connection.subscriptions["s"].pattern == A


def test_a_channel_may_be_subscribed_many_times(connection: RealtimeConnection) -> None:
    go_live(connection, "s1")
    go_live(connection, "s2")


def test_200_subscriptions_live_or_pending_are_the_most(connection: RealtimeConnection) -> None:
    for number in range(150):
        go_live(connection, f"live-{number}")
    for number in range(50):
        ask(connection, subscribe(f"pending-{number}"))
    full = error("subscribe_error", "s", "MaxSubscriptionsReachedError")
    assert connection.receive(subscribe("s")) == full
    connection.receive(f.Unsubscribe("live-0"))
    go_live(connection, "s")


def test_an_open_that_fails_is_told(connection: RealtimeConnection) -> None:
    ticket = ask(connection, subscribe())
    connection.authorized(ticket, ALLOWED)
    failure = ServiceUnavailableError("try again")
    assert connection.not_opened("s", failure) == error(
        "subscribe_error", "s", "ServiceUnavailableException", "try again"
    )
    assert connection.not_opened("s", failure) == []
    assert connection.opened("s") == []
    go_live(connection, "s")


# Unsubscribing


def test_a_live_subscription_is_dropped_before_it_is_said_so(connection: RealtimeConnection) -> None:
    go_live(connection)
    assert connection.receive(f.Unsubscribe("s")) == [Drop("s", A), Send(f.UnsubscribeSuccess("s"))]
    unknown = error("unsubscribe_error", "s", "UnknownOperationError", "Unknown operation id s")
    assert connection.receive(f.Unsubscribe("s")) == unknown
    go_live(connection)


def test_an_unsubscribe_that_comes_too_early_waits(connection: RealtimeConnection) -> None:
    ticket = ask(connection, subscribe())
    assert connection.receive(f.Unsubscribe("s")) == []
    unknown = error("unsubscribe_error", "s", "UnknownOperationError", "Unknown operation id s")
    assert connection.receive(f.Unsubscribe("s")) == unknown, "one success is enough"
    assert connection.authorized(ticket, ALLOWED) == [Open("s", A, ALLOWED, KEY)], (
        "its handler is to run all the same"
    )
    assert connection.opened("s") == [
        Send(f.SubscribeSuccess("s")),
        Drop("s", A),
        Send(f.UnsubscribeSuccess("s")),
    ]
    assert connection.subscriptions == {}


def test_an_unsubscribe_of_what_then_fails_is_answered_too(connection: RealtimeConnection) -> None:
    success = Send(f.UnsubscribeSuccess("s"))
    ticket = ask(connection, subscribe())
    connection.receive(f.Unsubscribe("s"))
    denied = error("subscribe_error", "s", "UnauthorizedException")
    assert connection.authorized(ticket, DENIED) == [*denied, success]
    connection.authorized(ask(connection, subscribe()), ALLOWED)
    connection.receive(f.Unsubscribe("s"))
    failed = error("subscribe_error", "s", "ServiceUnavailableException", "no")
    assert connection.not_opened("s", ServiceUnavailableError("no")) == [*failed, success]


# Publishing


def test_a_publish_is_authorized_then_started_then_answered(connection: RealtimeConnection) -> None:
    channel = Channel("/default/a")
    [asked] = connection.receive(publish("p", "1", "2"))
    assert asked == Authorize(1, Operation.PUBLISH, channel, KEY)
    assert connection.authorized(1, ALLOWED) == [StartPublish(1, channel, accepted(1, 2), ALLOWED, KEY)]
    assert connection.published(1) == [Send(f.PublishSuccess("p", accepted(1, 2)))]
    assert connection.published(1) == []


@pytest.mark.parametrize(("decision", "message"), [(DENIED, None), (BAD_KEY, NOT_AUTHORIZED)])
def test_a_publisher_is_told_of_a_bad_key_but_not_of_a_namespace(
    connection: RealtimeConnection, decision: Denied, message: str | None
) -> None:
    ticket = ask(connection, publish())
    denied = error("publish_error", "p", "UnauthorizedException", message)
    assert connection.authorized(ticket, decision) == denied


BAD_PUBLISHES: list[tuple[f.Publish, str, str]] = [
    (publish("p", *["1"] * 6), "InvalidInputError", "input exceeded 5 event limit"),
    (publish("p", 1), "InvalidInputError", "The event at index 0 is not a string."),
    (publish("p", "1", "{"), "InvalidInputError", "The event at index 1 is not valid JSON."),
    (f.Publish("p", "/a", [], KEY), "InvalidInputError", "The events must be a list of at least one string."),
    (
        f.Publish("p", "/a", None, KEY),
        "InvalidInputError",
        "The events must be a list of at least one string.",
    ),
    (publish("p", channel="/default/*"), "BadRequestException", "Invalid Channel Format"),
    (publish("p", channel="/a b"), "BadRequestException", "Invalid Channel Format"),
]


@pytest.mark.parametrize(("frame", "error_type", "message"), BAD_PUBLISHES, ids=lambda value: str(value)[:30])
def test_a_bad_publish_is_refused(
    connection: RealtimeConnection, frame: f.Publish, error_type: str, message: str
) -> None:
    assert connection.receive(frame) == error("publish_error", "p", error_type, message)


def test_an_event_that_is_too_large_fails_alone(connection: RealtimeConnection) -> None:
    ticket = ask(connection, publish("p", "1", TOO_LARGE))
    [started] = connection.authorized(ticket, ALLOWED)
    assert isinstance(started, StartPublish)
    assert [event.index for event in started.accepted.events] == [0]
    assert [event.index for event in started.accepted.failed] == [1]
    assert connection.published(ticket) == [Send(f.PublishSuccess("p", started.accepted))]


def test_if_all_events_fail_nothing_is_published(connection: RealtimeConnection) -> None:
    ticket = ask(connection, publish("p", TOO_LARGE))
    message = "Transformed event is larger than 240KB"
    failed = FailedEvent("id-0", 0, "EventTooLargeException", message)
    answer = Send(f.PublishSuccess("p", AcceptedEvents((), (failed,))))
    assert connection.authorized(ticket, ALLOWED) == [answer]


def test_a_publish_that_cannot_be_confirmed_is_an_error(connection: RealtimeConnection) -> None:
    ticket = ask(connection, publish())
    connection.authorized(ticket, ALLOWED)
    unavailable = error("publish_error", "p", "ServiceUnavailableException", "try again")
    assert connection.published(ticket, ServiceUnavailableError("try again")) == unavailable


def test_publishes_start_in_the_order_in_which_they_came(connection: RealtimeConnection) -> None:
    first, second, third = (ask(connection, publish(id_)) for id_ in ("p1", "p2", "p3"))
    assert connection.authorized(second, ALLOWED) == []
    assert connection.authorized(third, ALLOWED) == []
    started = connection.authorized(first, ALLOWED)
    assert [effect.ticket for effect in started if isinstance(effect, StartPublish)] == [first, second, third]
    assert connection.published(third) == [Send(f.PublishSuccess("p3", accepted(1, first_id=2)))]
    assert connection.published(first) == [Send(f.PublishSuccess("p1", accepted(1)))]


def test_a_denied_publish_holds_up_nothing(connection: RealtimeConnection) -> None:
    first, second, third = (ask(connection, publish(id_)) for id_ in ("p1", "p2", "p3"))
    assert connection.authorized(second, DENIED) == error("publish_error", "p2", "UnauthorizedException")
    connection.authorized(third, ALLOWED)
    denied, started = connection.authorized(first, DENIED)
    assert [denied] == error("publish_error", "p1", "UnauthorizedException")
    assert isinstance(started, StartPublish)
    assert started.ticket == third


def test_publishes_may_share_an_id_with_others_and_with_subscriptions(connection: RealtimeConnection) -> None:
    go_live(connection, "x")
    first, second = ask(connection, publish("x", "1")), ask(connection, publish("x", "2"))
    connection.authorized(first, ALLOWED)
    connection.authorized(second, ALLOWED)
    assert connection.published(second) == [Send(f.PublishSuccess("x", accepted(2, first_id=1)))]
    assert connection.published(first) == [Send(f.PublishSuccess("x", accepted(1)))]


# The end


def test_at_the_end_what_shards_know_of_is_dropped(connection: RealtimeConnection) -> None:
    go_live(connection, "live")
    connection.authorized(ask(connection, subscribe("opening")), ALLOWED)
    ask(connection, subscribe("authorizing"))
    assert connection.closed() == [Drop("live", A), Drop("opening", A)]
    assert connection.closed() == []


def test_answers_that_come_after_the_end_are_ignored(connection: RealtimeConnection) -> None:
    connection.authorized(ask(connection, subscribe("opening")), ALLOWED)
    asked = [ask(connection, subscribe("authorizing")), ask(connection, publish("p1"))]
    started = ask(connection, publish("p2"))
    connection.authorized(started, ALLOWED)
    connection.closed()
    assert connection.opened("opening") == []
    assert connection.not_opened("opening", ServiceUnavailableError()) == []
    for ticket in asked:
        assert connection.authorized(ticket, ALLOWED) == []
        assert connection.authorized(ticket, DENIED) == []
    assert connection.published(started) == []
    for frame in (subscribe(), publish(), f.ConnectionInit(), f.Unsubscribe("opening"), f.Unsupported()):
        assert connection.receive(frame) == []


def test_answers_to_questions_that_were_never_asked_are_ignored(connection: RealtimeConnection) -> None:
    assert connection.authorized(7, ALLOWED) == []
    assert connection.opened("s") == []
    assert connection.published(7) == []
    ask(connection, subscribe())
    assert connection.opened("s") == [], "not before it is allowed"


def test_a_connection_at_rest_is_small(connection: RealtimeConnection) -> None:
    go_live(connection)
    ticket = ask(connection, publish())
    connection.authorized(ticket, ALLOWED)
    connection.published(ticket)
    assert not hasattr(connection, "__dict__")
    parts = [getattr(connection, name) for name in RealtimeConnection.__slots__]
    assert [part for part in parts if isinstance(part, dict | deque)] == [connection.subscriptions]
