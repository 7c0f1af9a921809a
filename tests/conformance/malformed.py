"""Messages that are none, and messages that lack something."""

from tests.conformance.messages import (
    ACK,
    INIT,
    KA,
    UNSUPPORTED,
    data,
    entry,
    not_published,
    not_subscribed,
    publish,
    published,
    subscribe,
    subscribed,
)
from tests.conformance.steps import (
    GOOD,
    SENTENCE,
    Connect,
    Conversation,
    Message,
    conversation,
    hears,
    says,
)

BAD_REQUEST = entry("BadRequestException", SENTENCE)

NO_MESSAGES: dict[str, Message] = {
    "a text that is not JSON": "hello",
    "half an object": '{"type":"subscribe"',
    "a list": "[]",
    "a string": '"subscribe"',
    "a number": "7",
    "null": "null",
    "an object without a type": {"id": "s", "channel": "/default/a"},
    "a type that is a number": {"type": 7, "id": "s"},
    "a type that is a list": {"type": ["subscribe"], "id": "s"},
    "an unknown type": {"type": "start", "id": "s"},
    "a type of the server": {"type": "data", "id": "s", "event": "1"},
    "a type in another case": {"type": "Subscribe", "id": "s", "channel": "/default/a"},
    "a subscribe without an id": {"type": "subscribe", "channel": "/default/a", "authorization": GOOD},
    "a publish with a number for an id": {
        "type": "publish",
        "id": 7,
        "channel": "/default/a",
        "events": ["1"],
    },
    "an unsubscribe with an object for an id": {"type": "unsubscribe", "id": {"a": 1}},
    "a text of 100,000 levels": "[" * 100_000,
    "a string that never ends": '"' + '\\"[' * 100_000,
    "an object that is too deep": '{"type":"connection_init","x":' + "[" * 600 + "]" * 600 + "}",
}

CONVERSATIONS: list[Conversation] = [
    *(
        conversation(
            f"{what} gets an error without an id, and disturbs nothing",
            Connect("a"),
            says("a", subscribe("s", "/default/bad")),
            hears("a", subscribed("s")),
            says("a", message),
            hears("a", UNSUPPORTED),
            says("a", publish("p", "/default/bad", "1")),
            hears("a", published("p"), data("s", "1")),
        )
        for what, message in NO_MESSAGES.items()
    ),
    conversation(
        "a subscribe that lacks something is answered by its id",
        Connect("a"),
        says(
            "a",
            {"type": "subscribe", "id": "s1", "authorization": GOOD},
            {"type": "subscribe", "id": "s2", "channel": 7, "authorization": GOOD},
            {"type": "subscribe", "id": "s3", "channel": "/default/a", "authorization": "da2-abc"},
        ),
        hears("a", *(not_subscribed(id_, BAD_REQUEST) for id_ in ("s1", "s2", "s3"))),
    ),
    conversation(
        "a publish that lacks something is answered by its id",
        Connect("a"),
        says(
            "a",
            {"type": "publish", "id": "p1", "events": ["1"], "authorization": GOOD},
            {
                "type": "publish",
                "id": "p2",
                "channel": ["/default/a"],
                "events": ["1"],
                "authorization": GOOD,
            },
            {"type": "publish", "id": "p3", "channel": "/default/a", "events": ["1"], "authorization": []},
            {"type": "publish", "id": "p4", "channel": "/default/a", "authorization": GOOD},
            {"type": "publish", "id": "p5", "channel": "/default/a", "events": "1", "authorization": GOOD},
            {"type": "publish", "id": "p 6", "channel": "/default/a", "events": ["1"], "authorization": GOOD},
        ),
        hears(
            "a",
            not_published("p1", "BadRequestException"),
            not_published("p2", "BadRequestException"),
            not_published("p3", "BadRequestException"),
            not_published("p4", "InvalidInputError"),
            not_published("p5", "InvalidInputError"),
            not_published("p 6", "BadRequestException"),
        ),
    ),
    conversation(
        "unknown keys do not matter, nor what is in them",
        Connect("a"),
        says("a", '{"x":"\\ud83d","n":' + "9" * 5_000 + ',"type":"unsubscribe","id":"a b","m":1e999}'),
        hears("a", {"id": "a b", "type": "unsubscribe_error", "errors": [BAD_REQUEST]}),
        says("a", {**INIT, "payload": {}}, {**subscribe("s", "/default/bad"), "extra": [None]}),
        hears(
            "a",
            ACK,
            KA,
            subscribed("s"),
        ),
    ),
]
