import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventray_core.auth import Credentials
from eventray_core.errors import BadRequestError
from eventray_core.event import AcceptedEvents, Event, FailedEvent
from eventray_core.json_text import string_literal
from eventray_core.realtime import frames as f
from eventray_core.realtime.codec import (
    DATA_TAIL,
    HEADER_PREFIX,
    SUBPROTOCOL,
    data_prefix,
    decode,
    decode_credentials,
    encode,
)
from eventray_core.subscription import is_valid_id

KEY = {"x-api-key": "da2-abc", "host": "localhost"}


def frame_of(**fields: Any) -> f.ClientFrame:
    return decode(json.dumps(fields).encode())


# Reading


def test_messages_that_clients_send() -> None:
    assert frame_of(type="connection_init") == f.ConnectionInit()
    assert frame_of(type="unsubscribe", id="s") == f.Unsubscribe("s")
    assert frame_of(type="subscribe", id="s", channel="/a/*", authorization=KEY) == f.Subscribe(
        "s", "/a/*", KEY
    )
    assert frame_of(type="publish", id="p", channel="/a", events=["1"], authorization=KEY) == f.Publish(
        "p", "/a", ["1"], KEY
    )


def test_amplify_says_everything_twice() -> None:
    authorization = {**KEY, "x-amz-date": "20261123T204112Z", "x-amz-user-agent": "aws-amplify/6.22.1"}
    payload = {"channel": "/default/a", "extensions": {"authorization": authorization}}
    frame = frame_of(
        id="s", channel="/default/a", authorization=authorization, payload=payload, type="subscribe"
    )
    assert frame == f.Subscribe("s", "/default/a", authorization)


def test_keys_of_an_authorization_may_be_in_any_case() -> None:
    frame = frame_of(
        type="subscribe", id="s", channel="/a", authorization={"X-Api-Key": "k", "Host": "h", "n": 7}
    )
    assert frame == f.Subscribe("s", "/a", {"x-api-key": "k", "host": "h"})


@pytest.mark.parametrize("authorization", [{}, {"authorization": None}, {"authorization": {}}])
def test_without_an_authorization_nothing_is_shown(authorization: dict[str, Any]) -> None:
    assert frame_of(type="subscribe", id="s", channel="/a", **authorization) == f.Subscribe("s", "/a", {})


def test_events_are_left_for_the_connection_to_judge() -> None:
    for events in (None, [], "1", [1], ["{"]):
        frame = frame_of(type="publish", id="p", channel="/a", events=events)
        assert frame == f.Publish("p", "/a", events, {})
    assert frame_of(type="publish", id="p", channel="/a") == f.Publish("p", "/a", None, {})


UNSUPPORTED = {
    "nothing": b"",
    "not JSON": b"{",
    "not UTF-8": b'{"type":"connection_init","x":"\xff"}',
    "a surrogate in UTF-8": b'{"type":"connection_init","x":"\xed\xa0\x80"}',
    "a number": b"7",
    "null": b"null",
    "a list": b'["connection_init"]',
    "a string": b'"connection_init"',
    "no type": b'{"id":"s"}',
    "an unknown type": b'{"type":"start","id":"s"}',
    "a server's type": b'{"type":"ka"}',
    "a type in another case": b'{"type":"Subscribe","id":"s","channel":"/a"}',
    "a type that is a list": b'{"type":["subscribe"],"id":"s","channel":"/a"}',
    "a type that is null": b'{"type":null}',
    "no id": b'{"type":"subscribe","channel":"/a"}',
    "an id that is a number": b'{"type":"unsubscribe","id":7}',
    "an id that is null": b'{"type":"publish","id":null,"channel":"/a","events":["1"]}',
    "an id that is an object": b'{"type":"subscribe","id":{"a":"b"},"channel":"/a"}',
    "too deep": b'{"type":"connection_init","x":' + b"[" * 600 + b"]" * 600 + b"}",
    "far too deep": b"[" * 1_000_000,
}


@pytest.mark.parametrize("data", UNSUPPORTED.values(), ids=UNSUPPORTED.keys())
def test_what_cannot_be_understood_or_answered_by_id_is_unsupported(data: bytes) -> None:
    assert decode(data) == f.Unsupported()


LONE = b'{"type":"subscribe","id":"s","channel":"/a","authorization":{"x-api-key":"k"},"x":"\\ud83d"}'


def test_a_lone_surrogate_elsewhere_does_not_matter() -> None:
    assert decode(LONE) == f.Subscribe("s", "/a", {"x-api-key": "k"})


BAD_IDS = ["", "a b", "a" * 129, "é", "a\n", "\ud83d"]
MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"type": "subscribe", "id": "x"}, "The channel is missing, or is not a string."),
    ({"type": "subscribe", "id": "x", "channel": 7}, "The channel is missing, or is not a string."),
    (
        {"type": "subscribe", "id": "x", "channel": "/a", "authorization": "k"},
        "The authorization is not an object.",
    ),
    ({"type": "publish", "id": "x", "events": ["1"]}, "The channel is missing, or is not a string."),
    (
        {"type": "publish", "id": "x", "channel": ["/a"], "events": ["1"]},
        "The channel is missing, or is not a string.",
    ),
    (
        {"type": "publish", "id": "x", "channel": "/a", "events": ["1"], "authorization": [1]},
        "The authorization is not an object.",
    ),
]


@pytest.mark.parametrize(("fields", "reason"), MALFORMED)
def test_what_can_be_answered_by_id_is_malformed(fields: dict[str, Any], reason: str) -> None:
    assert frame_of(**fields) == f.Malformed(f"{fields['type']}_error", "x", reason)


@pytest.mark.parametrize("id_", BAD_IDS)
@pytest.mark.parametrize("kind", ["subscribe", "unsubscribe", "publish"])
def test_an_id_that_breaks_the_rules_is_answered_to(kind: str, id_: str) -> None:
    frame = frame_of(type=kind, id=id_, channel="/a", events=["1"])
    assert isinstance(frame, f.Malformed)
    assert (frame.answer, frame.id) == (f"{kind}_error", id_)
    assert "128" in frame.reason


any_text = st.text(st.characters(exclude_categories=()), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["connection_init", "subscribe", "unsubscribe", "publish"]) | json_values,
        "id": st.sampled_from(["s", "a b"]) | json_values,
        "channel": st.just("/a") | json_values,
        "events": st.just(["1"]) | json_values,
        "authorization": st.just(KEY) | json_values,
        "payload": json_values,
    },
)


@given(st.binary() | messages.map(lambda fields: json.dumps(fields).encode()) | any_text.map(string_literal))
def test_reading_never_fails_and_finds_only_what_is_there(data: bytes) -> None:
    match decode(data):
        case f.Subscribe(id_, channel, credentials) | f.Publish(id_, channel, _, credentials):
            assert is_valid_id(id_)
            assert isinstance(channel, str)
            assert all(isinstance(text, str) and key == key.lower() for key, text in credentials.items())
        case f.Unsubscribe(id_):
            assert is_valid_id(id_)
        case f.Malformed(answer, id_, reason) as frame:
            assert answer in ("subscribe_error", "unsubscribe_error", "publish_error")
            assert isinstance(id_, str)
            assert reason
            entry = f.ErrorEntry("BadRequestException", frame.reason)
            assert json.loads(encode(f.ErrorFrame(answer, (entry,), id_)))["id"] == id_
        case f.ConnectionInit():
            assert json.loads(data)["type"] == "connection_init"
        case f.Unsupported():
            pass


# Credentials of an upgrade

FORMS: dict[str, Callable[[bytes], str]] = {
    "base64url": lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
    "base64url, padded": lambda data: base64.urlsafe_b64encode(data).decode(),
    "base64": lambda data: base64.b64encode(data).decode().rstrip("="),
    "base64, padded": lambda data: base64.b64encode(data).decode(),
    "padded too much": lambda data: base64.b64encode(data).decode().rstrip("=") + "====",
    "encoded with a newline": lambda data: base64.urlsafe_b64encode(data + b"\n").decode(),
    "encoded with spaces": lambda data: base64.urlsafe_b64encode(b" \t" + data + b"\r\n ").decode(),
}
AUTHORIZATIONS: list[tuple[dict[str, Any], Credentials]] = [
    ({}, {}),
    (KEY, KEY),
    ({"X-API-Key": "k", "Host": "H:8080", "n": 1}, {"x-api-key": "k", "host": "H:8080"}),
    # Encoded, it has both characters in which the two alphabets differ.
    ({"authorization": "~?>ÿ?~~>>??"}, {"authorization": "~?>ÿ?~~>>??"}),
    ({"authorization": "t" * 6_000}, {"authorization": "t" * 6_000}),
]


@pytest.mark.parametrize(("authorization", "credentials"), AUTHORIZATIONS, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_credentials_are_read_from_a_subprotocol(
    form: Callable[[bytes], str], authorization: dict[str, Any], credentials: Credentials
) -> None:
    text = form(json.dumps(authorization, ensure_ascii=False).encode())
    assert decode_credentials(HEADER_PREFIX + text) == credentials


def test_the_alphabets_do_differ() -> None:
    data = json.dumps(AUTHORIZATIONS[3][0], ensure_ascii=False).encode()
    assert {"+", "/"} <= set(base64.b64encode(data).decode())


def encoded(text: str) -> str:
    return HEADER_PREFIX + base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        HEADER_PREFIX,
        HEADER_PREFIX + "a",
        HEADER_PREFIX + "!!!!",
        HEADER_PREFIX + "é",
        HEADER_PREFIX + "abcd efgh",
        HEADER_PREFIX + "e30g!!!!",
        HEADER_PREFIX + "e\n30",
        HEADER_PREFIX + base64.b64encode(b"\xff\xfe").decode(),
        encoded(""),
        encoded("{"),
        encoded("[]"),
        encoded('"text"'),
        encoded("null"),
        encoded("[" * 10_000),
    ],
)
def test_credentials_that_cannot_be_read_are_a_bad_request(header: str) -> None:
    with pytest.raises(BadRequestError, match="authorization header"):
        decode_credentials(header)


@given(st.text())
@example("header-" + "A" * 5)
def test_any_header_is_credentials_or_a_bad_request(text: str) -> None:
    try:
        credentials = decode_credentials(text)
    except BadRequestError:
        return
    assert all(key == key.lower() for key in credentials)


# Writing

EVENT = Event("b2c1", 0, b'"1"')
FAILED = FailedEvent("77aa", 1, "EventTooLargeException", "Transformed event is larger than 240KB")
DENIED = f.ErrorEntry("UnauthorizedException")
WRITTEN: list[tuple[f.ServerFrame, dict[str, Any]]] = [
    (f.ConnectionAck(300_000), {"type": "connection_ack", "connectionTimeoutMs": 300_000}),
    (f.KeepAlive(), {"type": "ka"}),
    (f.SubscribeSuccess("s"), {"type": "subscribe_success", "id": "s"}),
    (f.UnsubscribeSuccess("s"), {"type": "unsubscribe_success", "id": "s"}),
    (
        f.PublishSuccess("p", AcceptedEvents((EVENT,), (FAILED,))),
        {
            "type": "publish_success",
            "id": "p",
            "successful": [{"identifier": "b2c1", "index": 0}],
            "failed": [
                {
                    "identifier": "77aa",
                    "index": 1,
                    "code": "EventTooLargeException",
                    "message": "Transformed event is larger than 240KB",
                }
            ],
        },
    ),
    (
        f.PublishSuccess("p", AcceptedEvents((), ())),
        {"type": "publish_success", "id": "p", "successful": [], "failed": []},
    ),
    (
        f.ErrorFrame("subscribe_error", (DENIED, f.ErrorEntry("BadRequestException", "no")), "s"),
        {
            "type": "subscribe_error",
            "id": "s",
            "errors": [
                {"errorType": "UnauthorizedException"},
                {"errorType": "BadRequestException", "message": "no"},
            ],
        },
    ),
    (
        f.ErrorFrame("connection_error", (f.ErrorEntry("UnauthorizedException", "no", 401),)),
        {
            "type": "connection_error",
            "errors": [{"errorType": "UnauthorizedException", "errorCode": 401, "message": "no"}],
        },
    ),
    (f.ErrorFrame("error", (DENIED,)), {"type": "error", "errors": [{"errorType": "UnauthorizedException"}]}),
]


@pytest.mark.parametrize(("frame", "fields"), WRITTEN, ids=lambda value: type(value).__name__)
def test_messages_that_clients_read(frame: f.ServerFrame, fields: dict[str, Any]) -> None:
    assert json.loads(encode(frame)) == fields


@given(any_text)
def test_an_id_is_echoed_whatever_it_is(id_: str) -> None:
    data = encode(f.ErrorFrame("subscribe_error", (f.ErrorEntry("BadRequestException", "no"),), id_))
    assert json.loads(data.decode())["id"] == id_


@given(st.from_regex(r"[a-zA-Z0-9_+-]{1,128}", fullmatch=True), any_text)
def test_a_data_frame_is_spliced_from_its_pieces(id_: str, text: str) -> None:
    data = data_prefix(id_) + string_literal(text) + DATA_TAIL
    assert json.loads(data) == {"id": id_, "type": "data", "event": text}


def test_a_data_frame_begins_as_aws_writes_it() -> None:
    assert data_prefix("a-1") == b'{"id":"a-1","type":"data","event":'


def test_the_subprotocol_is_the_one_that_clients_offer() -> None:
    assert SUBPROTOCOL == "aws-appsync-event-ws"
