"""The words of conversations: what clients say, and what they are told."""

import json
from typing import Any

from tests.conformance.steps import GOOD, HOST, SENTENCE, UUID, Fields, Like

WRONG: Fields = {"host": HOST, "x-api-key": "da2-aaaaaaaaaaaaaaaaaaaaaaaaaa"}
OTHER_MODE: Fields = {"host": HOST, "authorization": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl"}
NOT_AUTHORIZED = "You are not authorized to make this call."

INIT: Fields = {"type": "connection_init"}
ACK: Fields = {
    "type": "connection_ack",
    "connectionTimeoutMs": Like("a positive number", lambda value: isinstance(value, int) and value > 0),
}
KA: Fields = {"type": "ka"}


def entry(error_type: str, message: str | Like | None = None) -> Fields:
    """One entry of `errors`."""
    return {"errorType": error_type} if message is None else {"errorType": error_type, "message": message}


UNSUPPORTED: Fields = {
    "type": "error",
    "errors": [entry("UnsupportedOperation", "Operation not supported through the realtime channel")],
}
REFUSED: Fields = {
    "type": "connection_error",
    "errors": [{"errorType": "UnauthorizedException", "errorCode": 401, "message": NOT_AUTHORIZED}],
}


def subscribe(id_: str, channel: str, authorization: Fields = GOOD) -> Fields:
    """A client would like to subscribe."""
    return {"type": "subscribe", "id": id_, "channel": channel, "authorization": authorization}


def subscribed(id_: str) -> Fields:
    """It has."""
    return {"id": id_, "type": "subscribe_success"}


def not_subscribed(id_: str, *errors: Fields) -> Fields:
    """It has not."""
    return {"id": id_, "type": "subscribe_error", "errors": list(errors)}


def unsubscribe(id_: str) -> Fields:
    """A client would like to unsubscribe."""
    return {"type": "unsubscribe", "id": id_}


def unsubscribed(id_: str) -> Fields:
    """It has."""
    return {"id": id_, "type": "unsubscribe_success"}


def not_unsubscribed(id_: str, *errors: Fields) -> Fields:
    """It has not."""
    return {"id": id_, "type": "unsubscribe_error", "errors": list(errors)}


def publish(id_: str, channel: str, *events: Any, authorization: Fields = GOOD) -> Fields:
    """A client publishes; each event is the text of a JSON value, or should be."""
    return {
        "type": "publish",
        "id": id_,
        "channel": channel,
        "events": list(events),
        "authorization": authorization,
    }


def outcome(count: int, *failed: int) -> Fields:
    """What a publisher is told of so many events, some of which are too large."""
    return {
        "successful": [{"identifier": UUID, "index": n} for n in range(count) if n not in failed],
        "failed": [{"identifier": UUID, "index": n, **TOO_LARGE} for n in failed],
    }


TOO_LARGE: Fields = {
    "code": "EventTooLargeException",
    "message": "Transformed event is larger than 240KB",
}


def published(id_: str, count: int = 1, *failed: int) -> Fields:
    """A publish over the WebSocket was accepted."""
    return {"id": id_, "type": "publish_success", **outcome(count, *failed)}


def not_published(id_: str, error_type: str, message: str | Like | None = SENTENCE) -> Fields:
    """It was not."""
    return {"id": id_, "type": "publish_error", "errors": [entry(error_type, message)]}


def data(id_: str, text: str) -> Fields:
    """A subscription gets an event; its text is that which was published."""
    return {"id": id_, "type": "data", "event": text}


def json_string_of(size: int) -> str:
    """A JSON text of so many bytes."""
    return json.dumps("a" * (size - 2))
