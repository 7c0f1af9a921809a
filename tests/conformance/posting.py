"""Publishing over HTTP (check 15; what concerns HTTP itself is tested with the gateway)."""

import json
from typing import Any

from tests.conformance.messages import (
    NOT_AUTHORIZED,
    OTHER_MODE,
    WRONG,
    data,
    entry,
    json_string_of,
    outcome,
    subscribe,
    subscribed,
)
from tests.conformance.steps import (
    KEY,
    SENTENCE,
    Connect,
    Conversation,
    Fields,
    Like,
    Message,
    Post,
    Silent,
    conversation,
    hears,
    says,
)

ANNOUNCED = [{"message": "hello world!"}, "New WebSocket API!", True, 100, ["L", "G", "T", "M"]]
ANNOUNCED_TEXTS = [json.dumps(event) for event in ANNOUNCED]
LARGEST = json_string_of(240 * 1024)
TOO_LARGE = json_string_of(240 * 1024 + 1)


def body(*events: Any, channel: Any = "/default/post") -> Fields:
    """What is posted."""
    return {"channel": channel, "events": list(events)}


def accepted(sent: Message, count: int = 1, *failed: int, content_type: str | None = None) -> Post:
    """A post, and what it is told when all is well."""
    headers = {"x-api-key": KEY} if content_type is None else {"x-api-key": KEY, "content-type": content_type}
    return Post(sent, 200, outcome(count, *failed), headers)


def refused(
    sent: Message,
    status: int,
    error_type: str,
    message: str | Like | None = SENTENCE,
    headers: Fields | None = None,
) -> Post:
    """A post, and what it is told when it is not."""
    answer = {"errors": [entry(error_type, message)]}
    return Post(sent, status, answer, {"x-api-key": KEY} if headers is None else headers, error_type)


def _of_channel(name: str, *steps: Any) -> Conversation:
    """With `a` subscribed to `/default/post` as `s`."""
    start = (Connect("a"), says("a", subscribe("s", "/default/post")), hears("a", subscribed("s")))
    return conversation(name, *start, *steps)


BAD_REQUESTS: dict[str, tuple[Message, str | Like]] = {
    "an empty body": ("", SENTENCE),
    "white space": (" \r\n", SENTENCE),
    "half an object": ("{", SENTENCE),
    "bytes that are no text": (b"\xff\xfe", SENTENCE),
    "a list": ("[]", SENTENCE),
    "null": ("null", SENTENCE),
    "100,000 levels": ("[" * 100_000, SENTENCE),
    "no channel": ({"events": ["1"]}, SENTENCE),
    "a channel that is a number": (body("1", channel=7), SENTENCE),
    "an invalid channel": (body("1", channel="/a b"), "Invalid Channel Format"),
    "a pattern": (body("1", channel="/default/*"), "Invalid Channel Format"),
    "no list of events": ({"channel": "/default/post"}, SENTENCE),
    "events that are a text": ({"channel": "/default/post", "events": "1"}, SENTENCE),
    "no events": (body(), SENTENCE),
    "six events": (body(*"123456"), "Input exceeded 5 event limit"),
    "an event that is a number": (body(1), SENTENCE),
    "an event that is an object": (body("1", {"a": 1}), SENTENCE),
    "an event that is not JSON": (body("1", "{"), SENTENCE),
    "an empty event": (body(""), SENTENCE),
}

NO_ACCESS: dict[str, Fields] = {
    "a wrong key": {"x-api-key": WRONG["x-api-key"]},
    "no key": {},
    "a mode that the API does not have": {"authorization": OTHER_MODE["authorization"]},
}

_ACCEPTED = [
    _of_channel(
        "the announcement's batch is five frames in order",
        accepted(body(*ANNOUNCED_TEXTS), 5),
        hears("a", *(data("s", text) for text in ANNOUNCED_TEXTS)),
    ),
    *(
        _of_channel(
            f"the content type does not matter: {content_type}",
            accepted(body("1"), content_type=content_type),
            hears("a", data("s", "1")),
        )
        for content_type in ("application/json; charset=UTF-8", "text/plain;charset=UTF-8", "application/xml")
    ),
    _of_channel(
        "slashes at the ends of the channel do not matter",
        accepted(body("1", channel="default/post")),
        accepted(body("2", channel="/default/post/")),
        hears("a", data("s", "1"), data("s", "2")),
    ),
    _of_channel(
        "what else is in the body does not matter",
        accepted({**body("1"), "id": "p", "type": "publish", "payload": {}}),
        hears("a", data("s", "1")),
    ),
    _of_channel(
        "a lone surrogate passes, in an event and beside it",
        accepted('{"channel":"/default/post","events":["\\"\\\\ud83d\\""],"x":"\\udc00"}'),
        hears("a", data("s", '"\\ud83d"')),
    ),
    _of_channel(
        "what is too large fails alone",
        accepted(body("1", TOO_LARGE, LARGEST), 3, 1),
        hears("a", data("s", "1"), data("s", LARGEST)),
        accepted(body(TOO_LARGE, TOO_LARGE), 2, 0, 1),
        Silent("a"),
    ),
    conversation(
        "a channel without subscribers takes events over HTTP too",
        accepted(body("1", channel="/default/nobody")),
    ),
    conversation(
        "a post reaches every connection",
        Connect("a"),
        Connect("b"),
        says("a", subscribe("s", "/default/*")),
        says("b", subscribe("s", "/default/post/all")),
        hears("a", subscribed("s")),
        hears("b", subscribed("s")),
        accepted(body("1", channel="/default/post/all")),
        hears("a", data("s", "1")),
        hears("b", data("s", "1")),
    ),
]

_REFUSED = [
    *(
        _of_channel(
            f"a post of {what} is a bad request",
            refused(sent, 400, "BadRequestException", message),
            Silent("a"),
        )
        for what, (sent, message) in BAD_REQUESTS.items()
    ),
    *(
        _of_channel(
            f"a post with {what} is not authorized",
            refused(body("1"), 401, "UnauthorizedException", NOT_AUTHORIZED, headers),
            Silent("a"),
        )
        for what, headers in NO_ACCESS.items()
    ),
    conversation(
        # The status is by a client's test; AWS's is not known for sure.
        "a post to an unknown namespace is not authorized, and no reason is given",
        refused(body("1", channel="/unknown/a"), 403, "UnauthorizedException", None),
        refused(body("1", channel="/Default/a"), 403, "UnauthorizedException", None),
    ),
]

CONVERSATIONS: list[Conversation] = [*_ACCEPTED, *_REFUSED]
