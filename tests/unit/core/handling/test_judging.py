"""The tables of handlers' results."""

import json

import msgspec
import pytest

from eventray_core.errors import HandlerExecutionError, HandlerRejectedError, HandlerUnauthorizedError
from eventray_core.event import Event, FailedEvent
from eventray_core.handling.answers import (
    NOTHING,
    Ended,
    EndKind,
    Fault,
    HandlerAnswer,
    Item,
    Outgoing,
    RaisedError,
)
from eventray_core.handling.judging import HandledPublish, forwarded, judge_publish, refusal

A, B, C = (Event(name, index, b'"1"') for index, name in enumerate("abc"))
LIMIT = 100


def _text(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(json.dumps(value, ensure_ascii=False), ensure_ascii=False).encode())


def _judge(*items: Item, wrong: str | None = None) -> HandledPublish:
    return judge_publish([A, B, C], HandlerAnswer(result=Outgoing(items, wrong)), LIMIT)


def _sent(handled: HandledPublish) -> list[tuple[str, int, bytes]]:
    return [(event.id, event.index, event.literal) for event in handled.events]


def test_events_go_out_as_returned_in_the_order_returned() -> None:
    handled = _judge(("c", _text(3), None), ("a", _text({"x": 1}), None), ("b", _text("two"), None))
    assert _sent(handled) == [("c", 2, b'"3"'), ("a", 0, b'"{\\"x\\": 1}"'), ("b", 1, b'"\\"two\\""')]
    assert (handled.failed, handled.dropped, handled.error) == ((), 0, None)


def test_an_error_fails_its_event_alone_under_the_publishers_index() -> None:
    handled = _judge(("c", NOTHING, "bad"), ("b", _text(1), None), ("a", _text(1), ""))
    assert [event.id for event in handled.events] == ["b"]
    assert handled.failed == (
        FailedEvent("a", 0, "HandlerError", ""),
        FailedEvent("c", 2, "HandlerError", "bad"),
    )


def test_what_is_left_out_is_dropped() -> None:
    handled = _judge(("b", _text(1), None))
    assert ([event.id for event in handled.events], handled.failed, handled.dropped) == (["b"], (), 2)


def test_nothing_returned_drops_all() -> None:
    assert judge_publish([A, B], HandlerAnswer(nothing=True, result=Outgoing()), LIMIT).dropped == 2


def test_an_event_that_grew_too_large_fails_alone() -> None:
    handled = _judge(("a", _text("x" * 98), None), ("b", _text("x" * 99), None), ("c", _text("é" * 49), None))
    assert [event.id for event in handled.events] == ["a", "c"]
    assert handled.failed == (
        FailedEvent("b", 1, "EventTooLargeException", "Transformed event is larger than 0KB"),
    )


def test_escapes_do_not_count_as_size() -> None:
    handled = _judge(("a", _text('"' * 40), None))
    assert len(handled.events[0].literal) > LIMIT
    assert handled.failed == ()


@pytest.mark.parametrize(
    "items",
    [
        [("x", _text(1), None)],
        [("a", _text(1), None), ("a", _text(1), None)],
        [("a", _text(1), None), ("a", NOTHING, "bad")],
        [("a", NOTHING, None)],
    ],
)
def test_an_item_that_makes_no_sense_fails_the_whole_request(items: list[Item]) -> None:
    handled = _judge(*items)
    assert isinstance(handled.error, HandlerExecutionError)
    assert handled.error.message == "Unable to process request"
    assert (handled.events, handled.failed) == ((), ())
    assert handled.reason


def test_a_result_that_is_no_list_fails_the_whole_request() -> None:
    handled = _judge(wrong="no list")
    assert isinstance(handled.error, HandlerExecutionError)
    assert handled.reason == "no list"


RAISED = RaisedError("bad", "BadThing")


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (HandlerAnswer(fault=Fault("TypeError", "m")), HandlerExecutionError(), "TypeError: m"),
        (HandlerAnswer(fault=Fault("", "m")), HandlerExecutionError(), "m"),
        (HandlerAnswer(ended=Ended(EndKind.UNAUTHORIZED)), HandlerUnauthorizedError(), "Unauthorized"),
        (HandlerAnswer(ended=Ended(EndKind.ERROR, RAISED)), HandlerRejectedError("bad", "BadThing"), "bad"),
        (HandlerAnswer(appended=(RAISED,), nothing=True), HandlerRejectedError("bad", "BadThing"), "bad"),
    ],
)
def test_a_handler_refuses_a_request(answer: HandlerAnswer, error: Exception, reason: str) -> None:
    refused = refusal(answer)
    assert refused is not None
    assert (type(refused[0]), refused[0].args, refused[1]) == (type(error), error.args, reason)
    handled = judge_publish([A], answer, LIMIT)
    assert (type(handled.error), handled.events) == (type(error), ())


def test_an_appended_error_alone_refuses_nothing() -> None:
    answer = HandlerAnswer(appended=(RAISED,), result=Outgoing((("a", _text(1), None),)))
    assert refusal(answer) is None
    assert len(judge_publish([A], answer, LIMIT).events) == 1


def test_a_publish_without_a_handler_is_forwarded() -> None:
    assert forwarded([A, B]).events == (A, B)
