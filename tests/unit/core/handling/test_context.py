import json

import msgspec

from eventray_core.channel import Channel, ChannelPattern
from eventray_core.event import Event
from eventray_core.handling.context import (
    Caller,
    Occasion,
    base_context,
    engine_input,
    event_pairs,
    json_text,
    request_headers,
)

CALLER = Caller(
    "AWS_LAMBDA", json_text({"handlerContext": {"role": "x"}}), json_text({"a": ["1", "2"]}), "d.example"
)


def test_headers_are_in_lower_case_repeated_ones_lists_and_cookies_hidden() -> None:
    pairs = [("Animal", "duck"), ("Cookie", "secret"), ("animal", "bear"), ("ANIMAL", "cat"), ("Host", "h")]
    assert request_headers(pairs) == {"animal": ["duck", "bear", "cat"], "host": "h"}


def test_a_caller_travels() -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(CALLER), type=Caller) == CALLER
    assert Caller("API_KEY").identity == b"null"


def test_a_handler_is_told_who_asks_for_what() -> None:
    occasion = Occasion("PUBLISH", Channel.parse("default/user/john"), CALLER)
    told = json.loads(engine_input("AWS_LAMBDA", base_context(occasion), None))
    assert "events" not in told
    assert told["auth"] == "AWS_LAMBDA"
    assert told["context"]["info"] == {
        "channel": {"path": "/default/user/john", "segments": ["default", "user", "john"]},
        "channelNamespace": {"name": "default"},
        "operation": "PUBLISH",
    }
    assert told["context"]["identity"] == {"handlerContext": {"role": "x"}}
    assert told["context"]["request"] == {"headers": {"a": ["1", "2"]}, "domainName": "d.example"}
    assert told["context"]["channel"] == "/default/user/john"
    assert told["context"]["args"] == {}


def test_a_pattern_is_told_as_it_was_asked_for() -> None:
    occasion = Occasion("SUBSCRIBE", ChannelPattern.parse("/ns/room/*"), Caller("API_KEY"))
    assert base_context(occasion)["info"]["channel"] == {
        "path": "/ns/room/*",
        "segments": ["ns", "room", "*"],
    }


def test_events_go_in_as_their_literals() -> None:
    events = [Event("1", 0, b'"{\\"a\\":1}"'), Event("2", 1, b'"\\ud83d"')]
    text = engine_input("API_KEY", {}, event_pairs(events))
    assert text.endswith('"events":[["1","{\\"a\\":1}"],["2","\\ud83d"]]}')
