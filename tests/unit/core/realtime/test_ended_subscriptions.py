"""What a connection says when what allowed a subscription is gone."""

import pytest

from eventray_core.auth import Allowed, AuthMode
from eventray_core.channel import ChannelPattern
from eventray_core.errors import UnauthorizedError
from eventray_core.limits import Limits
from eventray_core.realtime import frames as f
from eventray_core.realtime.connection import RealtimeConnection
from eventray_core.realtime.effects import Authorize, Drop, Effect, Open, Send

ALLOWED = Allowed(AuthMode.API_KEY)
A = ChannelPattern("/default/a")


@pytest.fixture
def connection() -> RealtimeConnection:
    return RealtimeConnection(Limits(), str)


def ask(connection: RealtimeConnection, id_: str = "s") -> int:
    """Subscribe; returns the ticket of the authorization."""
    [asked] = connection.receive(f.Subscribe(id_, A.path, {}))
    assert isinstance(asked, Authorize)
    return asked.ticket


def go_live(connection: RealtimeConnection, id_: str) -> None:
    connection.authorized(ask(connection, id_), ALLOWED)
    assert connection.opened(id_)[-1] == Send(f.SubscribeSuccess(id_))


def error(kind: str, id_: str, message: str | None = None) -> Effect:
    return Send(f.ErrorFrame(kind, (f.ErrorEntry("UnauthorizedException", message),), id_))


def test_a_live_subscription_that_is_ended_is_told_so_and_is_the_only_one(
    connection: RealtimeConnection,
) -> None:
    go_live(connection, "s")
    go_live(connection, "other")
    told = [Drop("s", A), error("error", "s", "gone")]
    assert connection.ended("s", UnauthorizedError("gone")) == told
    assert list(connection.subscriptions) == ["other"]
    assert connection.ended("s", UnauthorizedError("gone")) == []


def test_a_subscription_that_is_ended_before_its_answer_gets_that(connection: RealtimeConnection) -> None:
    connection.authorized(ask(connection), ALLOWED)
    told = [Drop("s", A), error("subscribe_error", "s")]
    assert connection.ended("s", UnauthorizedError()) == told
    assert connection.opened("s") == []


def test_a_subscription_that_is_not_decided_is_left_to_the_decision(connection: RealtimeConnection) -> None:
    ticket = ask(connection)
    assert connection.ended("s", UnauthorizedError()) == []
    assert connection.authorized(ticket, ALLOWED) == [Open("s", A, ALLOWED, {})]
