import itertools
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.channel import Channel
from eventray_core.errors import BadRequestError, InvalidChannelError, InvalidEventsError
from eventray_core.event import TooManyEventsError
from eventray_core.limits import Limits
from eventray_core.publish.request import PublishRequest, parse_publish


def parse(body: bytes | dict[str, Any]) -> PublishRequest:
    numbers = itertools.count()
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    return parse_publish(data, Limits(), lambda: f"id-{next(numbers)}")


@pytest.mark.parametrize("channel", ["/default/x", "default/x", "default/x/"])
def test_a_publish_names_its_channel_in_any_form(channel: str) -> None:
    request = parse({"channel": channel, "events": ['{"a":1}', "2"]})
    assert request.channel == Channel("/default/x")
    assert [event.literal for event in request.accepted.events] == [b'"{\\"a\\":1}"', b'"2"']


def test_unknown_fields_and_white_space_do_not_matter() -> None:
    body = b'\n {"id":1,"payload":{"channel":1},"events":["1"],"channel":"a"} \r\n'
    assert parse(body).channel == Channel("/a")


def test_a_body_with_a_lone_surrogate_is_read() -> None:
    request = parse(b'{"channel":"a","events":["\\"\\ud83d\\""],"other":"\\udc00"}')
    assert json.loads(request.accepted.events[0].literal) == '"\ud83d"'


BODIES: list[tuple[bytes | dict[str, Any], type[BadRequestError], str]] = [
    (b"", BadRequestError, "Request body is empty."),
    (b" \r\n", BadRequestError, "Request body is empty."),
    (b"{", BadRequestError, "Request body is not valid JSON."),
    (b"\xff", BadRequestError, "Request body is not valid JSON."),
    (b"[" * 100_000, BadRequestError, "Request body is not valid JSON."),
    (b"[]", BadRequestError, "Request body is not a JSON object."),
    (b'"channel"', BadRequestError, "Request body is not a JSON object."),
    (b"null", BadRequestError, "Request body is not a JSON object."),
    ({}, BadRequestError, "The channel is missing, or is not a string."),
    ({"channel": 7, "events": ["1"]}, BadRequestError, "The channel is missing, or is not a string."),
    ({"channel": "/default/*", "events": ["1"]}, InvalidChannelError, "Invalid Channel Format"),
    ({"channel": "/a b", "events": ["1"]}, InvalidChannelError, "Invalid Channel Format"),
    ({"channel": "/a"}, InvalidEventsError, "The events must be a list of at least one string."),
    (
        {"channel": "/a", "events": []},
        InvalidEventsError,
        "The events must be a list of at least one string.",
    ),
    (
        {"channel": "/a", "events": "1"},
        InvalidEventsError,
        "The events must be a list of at least one string.",
    ),
    ({"channel": "/a", "events": ["1"] * 6}, TooManyEventsError, "Input exceeded 5 event limit"),
    ({"channel": "/a", "events": [{"a": 1}]}, InvalidEventsError, "The event at index 0 is not a string."),
    ({"channel": "/a", "events": ["1", "{"]}, InvalidEventsError, "The event at index 1 is not valid JSON."),
]


@pytest.mark.parametrize(("body", "kind", "message"), BODIES, ids=lambda value: str(value)[:40])
def test_a_bad_body_is_refused_with_a_sentence(
    body: bytes | dict[str, Any], kind: type[BadRequestError], message: str
) -> None:
    with pytest.raises(kind) as error:
        parse(body)
    assert type(error.value) is kind
    assert (error.value.error_type, error.value.message) == ("BadRequestException", message)


def test_an_event_too_large_does_not_refuse_the_request() -> None:
    request = parse({"channel": "/a", "events": ["1", '"' + "a" * 240 * 1024 + '"']})
    assert [event.index for event in request.accepted.events] == [0]
    assert [failed.index for failed in request.accepted.failed] == [1]


bodies = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(["/a", "a/b", "/a/*", "", 7, None]),
        "events": st.lists(st.sampled_from(["1", "{", "", '"a"', 7, None]), max_size=7) | st.none(),
    },
).map(lambda fields: json.dumps(fields).encode())


@given(st.binary() | bodies)
def test_any_body_is_a_request_or_a_bad_request(body: bytes) -> None:
    with suppress(BadRequestError):
        assert parse(body).accepted.events
