"""A publish or subscribe on its way through a handler."""

import json
from typing import Any

import msgspec
import pytest

from eventray_core.channel import Channel, ChannelPattern
from eventray_core.errors import HandlerExecutionError, HandlerRejectedError, HandlerUnauthorizedError
from eventray_core.event import Event
from eventray_core.handling.answers import (
    NOTHING,
    Ended,
    EndKind,
    Excess,
    HandlerAnswer,
    Outgoing,
    RaisedError,
)
from eventray_core.handling.context import Caller, Occasion
from eventray_core.handling.invocation import (
    Fetch,
    Fetched,
    HandledSubscribe,
    PublishInvocation,
    Step,
    SubscribeInvocation,
)
from eventray_core.handling.judging import HandledPublish

EVENTS = [Event("a", 0, b'"1"'), Event("b", 1, b'"2"')]
PUBLISH = Occasion("PUBLISH", Channel.parse("/ns/a"), Caller("API_KEY"))
SUBSCRIBE = Occasion("SUBSCRIBE", ChannelPattern.parse("/ns/a/*"), Caller("API_KEY"))
OBJECT = "request,response"
SENT = HandlerAnswer(result=Outgoing((("b", msgspec.Raw(b'"9"'), None),)))
UNAUTHORIZED = HandlerAnswer(ended=Ended(EndKind.UNAUTHORIZED))


def _publish(form: str | None, data_source: str | None = None) -> PublishInvocation:
    return PublishInvocation(PUBLISH, form, data_source, EVENTS, 1000)


def _subscribe(form: str | None, data_source: str | None = None) -> SubscribeInvocation:
    return SubscribeInvocation(SUBSCRIBE, form, data_source)


def _step(what: object) -> tuple[str, str, dict[str, Any]]:
    assert isinstance(what, Step)
    return what.path, what.mode, json.loads(what.input)


def test_without_an_export_all_is_forwarded() -> None:
    handled = _publish(None).start()
    assert isinstance(handled, HandledPublish)
    assert list(handled.events) == EVENTS
    assert _subscribe(None).start() == HandledSubscribe()


def test_a_function_is_called_once() -> None:
    invocation = _publish("function")
    path, mode, told = _step(invocation.start())
    assert (path, mode, told["events"]) == ("onPublish", "events", [["a", "1"], ["b", "2"]])
    assert told["context"]["stash"] == {}
    assert "result" not in told["context"]
    handled = invocation.answered(SENT)
    assert isinstance(handled, HandledPublish)
    assert handled.events == (Event("b", 1, b'"9"'),)


def test_a_subscription_is_let_through_or_not() -> None:
    path, mode, told = _step(_subscribe("function").start())
    assert (path, mode, "events" in told) == ("onSubscribe", "none", False)
    assert _subscribe("function").answered(HandlerAnswer(nothing=True)) == HandledSubscribe()
    refused = _subscribe("function").answered(UNAUTHORIZED)
    assert isinstance(refused, HandledSubscribe)
    assert isinstance(refused.error, HandlerUnauthorizedError)


def test_an_object_asks_its_data_source_between_its_halves() -> None:
    invocation = _publish(OBJECT, "table")
    path, mode, _told = _step(invocation.start())
    assert (path, mode) == ("onPublish.request", "publish-request")
    request = HandlerAnswer(
        value='{"operation":"Scan"}', stash=msgspec.Raw(b'{"n":1}'), events=msgspec.Raw(b'[["a","7"]]')
    )
    assert invocation.answered(request) == Fetch("table", '{"operation":"Scan"}')
    path, mode, told = _step(invocation.fetched(Fetched(b'{"items":[]}')))
    assert (path, mode, told["events"]) == ("onPublish.response", "events", [["a", "7"]])
    context = told["context"]
    assert (context["stash"], context["result"], context["error"]) == ({"n": 1}, {"items": []}, None)
    handled = invocation.answered(SENT)
    assert isinstance(handled, HandledPublish)
    assert len(handled.events) == 1


def test_a_data_sources_error_is_the_handlers_to_judge() -> None:
    invocation = _subscribe(OBJECT, "table")
    invocation.start()
    invocation.answered(HandlerAnswer(value="{}", stash=msgspec.Raw(b"{}")))
    path, _mode, told = _step(invocation.fetched(Fetched(error_message="no", error_type="T")))
    assert path == "onSubscribe.response"
    assert told["context"]["result"] is None
    assert told["context"]["error"] == {"message": "no", "type": "T"}
    assert invocation.answered(HandlerAnswer()) == HandledSubscribe()


def test_a_missing_response_forwards() -> None:
    invocation = _publish("request", "table")
    invocation.start()
    invocation.answered(HandlerAnswer(value="{}"))
    handled = invocation.fetched(Fetched())
    assert isinstance(handled, HandledPublish)
    assert list(handled.events) == EVENTS


def test_an_early_return_skips_data_source_and_response() -> None:
    invocation = _publish(OBJECT, "table")
    invocation.start()
    handled = invocation.answered(HandlerAnswer(early=True, result=SENT.result))
    assert isinstance(handled, HandledPublish)
    assert len(handled.events) == 1
    subscribing = _subscribe(OBJECT, "table")
    subscribing.start()
    assert subscribing.answered(HandlerAnswer(early=True)) == HandledSubscribe()


def test_a_request_half_may_refuse() -> None:
    raised = Ended(EndKind.ERROR, RaisedError("bad"))
    for invocation in (_publish(OBJECT, "table"), _subscribe(OBJECT, "table")):
        invocation.start()
        handled = invocation.answered(HandlerAnswer(ended=raised))
        assert isinstance(handled, HandledPublish | HandledSubscribe)
        assert isinstance(handled.error, HandlerRejectedError)


@pytest.mark.parametrize(
    ("form", "data_source", "reason"),
    [
        (OBJECT, None, "needs a data source"),
        ("function", "table", "a data source is set"),
        ("response", "table", "without a request function"),
        ("other", None, "needs a data source"),
    ],
)
def test_form_and_configuration_must_agree(form: str, data_source: str | None, reason: str) -> None:
    for invocation in (_publish(form, data_source), _subscribe(form, data_source)):
        handled = invocation.start()
        assert isinstance(handled, HandledPublish | HandledSubscribe)
        assert isinstance(handled.error, HandlerExecutionError)
        assert reason in handled.reason


def test_a_request_half_must_return_something() -> None:
    invocation = _publish(OBJECT, "table")
    invocation.start()
    handled = invocation.answered(HandlerAnswer(nothing=True))
    assert isinstance(handled, HandledPublish)
    assert handled.reason == "onPublish.request returned nothing."


@pytest.mark.parametrize("excess", Excess)
def test_a_limit_fails_the_whole_request(excess: Excess) -> None:
    for invocation in (_publish("function"), _subscribe("function")):
        invocation.start()
        handled = invocation.exceeded(excess)
        assert isinstance(handled.error, HandlerExecutionError)
        assert handled.reason.startswith("The handler")


def test_without_anybody_to_ask_a_data_source_the_request_fails() -> None:
    handled = _publish(OBJECT, "table").unfetchable("nobody")
    assert (type(handled.error), handled.reason) == (HandlerExecutionError, "nobody")


def test_events_that_a_request_half_lost_are_the_published_ones() -> None:
    invocation = _publish(OBJECT, "table")
    invocation.start()
    invocation.answered(HandlerAnswer(value="{}", events=NOTHING))
    _path, _mode, told = _step(invocation.fetched(Fetched()))
    assert told["events"] == [["a", "1"], ["b", "2"]]
