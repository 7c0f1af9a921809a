import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.errors import InvalidEventsError
from eventray_core.event import (
    AcceptedEvents,
    Event,
    FailedEvent,
    TooManyEventsError,
    accept_events,
)
from eventray_core.limits import MAX_JSON_DEPTH, Limits

LIMITS = Limits()
KILOBYTES_240 = 240 * 1024


def accept(*texts: object, limits: Limits = LIMITS) -> AcceptedEvents:
    numbers = itertools.count()
    return accept_events(list(texts), limits, lambda: f"id-{next(numbers)}")


def text_of(size: int, char: str = "a") -> str:
    """A JSON string of so many bytes."""
    width = len(char.encode())
    text = char * ((size - 2) // width)
    return f'"{text}{"a" * ((size - 2) % width)}"'


def test_events_keep_their_place_and_their_text() -> None:
    texts = ['{"b":1, "a":2}', '"hi"', "1.50", "true", "null"]
    accepted = accept(*texts)
    assert [event.index for event in accepted.events] == [0, 1, 2, 3, 4]
    assert [event.id for event in accepted.events] == ["id-0", "id-1", "id-2", "id-3", "id-4"]
    assert [json.loads(event.literal) for event in accepted.events] == texts
    assert accepted.failed == ()


@pytest.mark.parametrize("texts", [[], None, "1", ("1",), {"0": "1"}, 7])
def test_events_are_a_list_of_at_least_one(texts: object) -> None:
    with pytest.raises(InvalidEventsError, match="at least one"):
        accept_events(texts, LIMITS, str)


def test_six_events_are_one_too_many() -> None:
    assert len(accept(*["1"] * 5).events) == 5
    with pytest.raises(TooManyEventsError) as error:
        accept(*["1"] * 6)
    assert error.value.message == "Input exceeded 5 event limit"


def test_the_number_is_looked_at_before_the_events() -> None:
    with pytest.raises(TooManyEventsError):
        accept(1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (1, "not a string"),
        (None, "not a string"),
        ({"a": 1}, "not a string"),
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ("hello", "not valid JSON"),
        ("NaN", "not valid JSON"),
        ("[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1), "nested deeper than 512"),
    ],
)
def test_one_event_that_is_no_json_text_refuses_all(text: object, reason: str) -> None:
    with pytest.raises(InvalidEventsError, match=f"event at index 1 is {reason}"):
        accept("1", text, "2")


@pytest.mark.parametrize("text", ['"\\ud83d"', '{"a":"a\\udc00b"}'])
def test_a_lone_surrogate_escape_passes_untouched(text: str) -> None:
    assert json.loads(accept(text).events[0].literal) == text


@pytest.mark.parametrize("char", ["a", "é", "€", "😀"])
@pytest.mark.parametrize(
    ("size", "passes"), [(KILOBYTES_240 - 1, True), (KILOBYTES_240, True), (KILOBYTES_240 + 1, False)]
)
def test_size_is_counted_in_bytes_of_the_text(char: str, size: int, passes: bool) -> None:
    text = text_of(size, char)
    assert len(text.encode()) == size
    accepted = accept(text)
    assert len(accepted.events) == (1 if passes else 0)
    assert len(accepted.failed) == (0 if passes else 1)


def test_escapes_in_the_literal_are_not_counted() -> None:
    text = '"' + '\\"' * (KILOBYTES_240 // 2 - 1) + '"'
    assert len(text) == KILOBYTES_240
    assert len(accept(text).events) == 1


def test_an_event_that_is_too_large_fails_alone() -> None:
    accepted = accept("1", text_of(KILOBYTES_240 + 1), "3")
    assert accepted.events == (Event("id-0", 0, b'"1"'), Event("id-2", 2, b'"3"'))
    message = "Transformed event is larger than 240KB"
    assert accepted.failed == (FailedEvent("id-1", 1, "EventTooLargeException", message),)


def test_the_limits_are_what_is_passed() -> None:
    limits = replace(LIMITS, events_per_publish=1, event_bytes=1024)
    with pytest.raises(TooManyEventsError, match="1"):
        accept("1", "2", limits=limits)
    assert accept(text_of(1025), limits=limits).failed[0].message == "Transformed event is larger than 1KB"


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1, max_size=5), st.booleans())
def test_any_text_is_delivered_as_it_came(values: list[str], ascii_only: bool) -> None:
    texts = [json.dumps(value, ensure_ascii=ascii_only) for value in values]
    assert [json.loads(event.literal) for event in accept(*texts).events] == texts


@given(st.lists(st.text() | st.none() | st.integers() | st.just("1"), max_size=7))
def test_all_events_are_accounted_for_or_the_request_is_refused(texts: list[object]) -> None:
    try:
        accepted = accept(*texts)
    except InvalidEventsError:
        return
    places = [event.index for event in accepted.events] + [failed.index for failed in accepted.failed]
    assert sorted(places) == list(range(len(texts)))


def test_events_that_a_handler_failed_stand_among_the_failed_in_the_publishers_order() -> None:
    events = tuple(Event(name, index, b'""') for name, index in (("a", 0), ("c", 2), ("d", 3)))
    accepted = AcceptedEvents(events, (FailedEvent("b", 1, "EventTooLargeException", "large"),))
    told = accepted.without([("d", "HandlerError", "no"), ("a", "HandlerError", "")])
    assert [event.id for event in told.events] == ["c"]
    assert [(failed.id, failed.index) for failed in told.failed] == [("a", 0), ("b", 1), ("d", 3)]
    assert accepted.without([]) is accepted
