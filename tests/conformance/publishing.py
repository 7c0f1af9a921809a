"""Publishing over the WebSocket (checks 11 and 14)."""

from typing import Any

from tests.conformance.messages import (
    NOT_AUTHORIZED,
    OTHER_MODE,
    WRONG,
    data,
    json_string_of,
    not_published,
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
    Silent,
    conversation,
    hears,
    says,
)

MIXED = ('{"message":"hello world!"}', '"New WebSocket API!"', "100", "true", "null")
UNTOUCHED = (
    ' { "b" : 1 , "a" : 2 , "a" : 3 } ',
    "[1.50, 1E+2, -0, 123456789012345678901234567890]",
    '"<b>&amp;</b> é 😀 \\u00e9 \\/ \u2028"',
    '"\\ud83d"',
    '{"a":"x\\udc00y"}',
)
LARGEST = json_string_of(240 * 1024)
TOO_LARGE = json_string_of(240 * 1024 + 1)

BAD_EVENTS: dict[str, list[Any]] = {
    "no events": [],
    "a number": [1],
    "an object": [{"message": "not a text"}],
    "null": [None],
    "one bad among good ones": ["1", "{", "3"],
    "an empty text": [""],
    "a text that is not JSON": ["hello"],
    "NaN": ["NaN"],
    "two values": ["1 2"],
    "600 levels": ["[" * 600 + "]" * 600],
}


def _of_channel(name: str, *steps: Any) -> Conversation:
    """With `a` subscribed to `/default/pub` as `s`, and `b` connected."""
    start = (
        Connect("a"),
        Connect("b"),
        says("a", subscribe("s", "/default/pub")),
        hears("a", subscribed("s")),
    )
    return conversation(name, *start, *steps)


_ACCEPTED = [
    _of_channel(
        "five events of all kinds are five frames in order",
        says("b", publish("p", "/default/pub", *MIXED)),
        hears("b", published("p", 5)),
        hears("a", *(data("s", text) for text in MIXED)),
    ),
    _of_channel(
        "the text of an event is passed on untouched",
        says("b", publish("p", "/default/pub", *UNTOUCHED)),
        hears("b", published("p", 5)),
        hears("a", *(data("s", text) for text in UNTOUCHED)),
    ),
    _of_channel(
        "publishes of one connection to one channel keep their order",
        says("b", *(publish(f"p{n}", "/default/pub", str(2 * n), str(2 * n + 1)) for n in range(50))),
        hears("b", *(published(f"p{n}", 2) for n in range(50))),
        hears("a", *(data("s", str(n)) for n in range(100))),
    ),
    _of_channel(
        "publishes may share an id, each is answered",
        says("b", publish("p", "/default/pub", "1"), publish("p", "/default/pub", "2")),
        hears("b", published("p"), published("p")),
        hears("a", data("s", "1"), data("s", "2")),
    ),
    conversation(
        "a channel without subscribers takes events too",
        Connect("a"),
        says("a", publish("p", "/default", "1"), publish("q", "default/nobody/is/here/now/", "1")),
        hears("a", published("p"), published("q")),
    ),
    _of_channel(
        "an event of 240 KB passes, one of a byte more fails alone",
        says("b", publish("p", "/default/pub", LARGEST, TOO_LARGE, "3")),
        hears("b", published("p", 3, 1)),
        hears("a", data("s", LARGEST), data("s", "3")),
    ),
    _of_channel(
        "a publish whose events all fail is answered like any other",
        says("b", publish("p", "/default/pub", TOO_LARGE)),
        hears("b", published("p", 1, 0)),
        Silent("a"),
    ),
    _of_channel(
        "a publish as Amplify sends it",
        says(
            "b",
            {**publish("p", "/default/pub", "1"), "payload": {"channel": "/default/pub", "events": ["1"]}},
        ),
        hears("b", published("p")),
        hears("a", data("s", "1")),
    ),
]

_REFUSED = [
    _of_channel(
        "six events are one too many",
        says("b", publish("p", "/default/pub", *"123456")),
        hears("b", not_published("p", "InvalidInputError", "input exceeded 5 event limit")),
        Silent("a"),
    ),
    *(
        _of_channel(
            f"bad events refuse the whole publish: {what}",
            says("b", publish("p", "/default/pub", *events)),
            hears("b", not_published("p", "InvalidInputError", SENTENCE)),
            Silent("a"),
        )
        for what, events in BAD_EVENTS.items()
    ),
    *(
        conversation(
            f"nothing can be published to {channel!r}",
            Connect("a"),
            says("a", publish("p", channel, "1")),
            # AWS's answer here is not known; this is the one to an HTTP publish.
            hears("a", not_published("p", "BadRequestException", "Invalid Channel Format")),
        )
        for channel in ("/default/*", "/default/*/a", "", "/*", "/default/a b", "/default/b/c/d/e/f")
    ),
    *(
        _of_channel(
            f"a publish is not authorized with {what}",
            says("b", publish("p", "/default/pub", "1", authorization=authorization)),
            hears("b", not_published("p", "UnauthorizedException", NOT_AUTHORIZED)),
            Silent("a"),
        )
        for what, authorization in {
            "a wrong key": WRONG,
            "the credentials of the connection alone": {},
            "a mode that the namespace does not have": OTHER_MODE,
        }.items()
    ),
    conversation(
        "a publish to an unknown namespace is not authorized, and no reason is given",
        Connect("a"),
        says("a", publish("p", "/unknown/a", "1"), publish("q", "/Default/a", "1", authorization=GOOD)),
        hears(
            "a",
            not_published("p", "UnauthorizedException", None),
            not_published("q", "UnauthorizedException", None),
        ),
    ),
    _of_channel(
        "a refused publish holds up nothing",
        says(
            "b",
            publish("p1", "/default/pub", "1"),
            publish("p2", "/unknown/a", "2"),
            publish("p3", "/default/pub", "{"),
            publish("p4", "/default/pub", "4"),
        ),
        hears(
            "b",
            published("p1"),
            not_published("p2", "UnauthorizedException", None),
            not_published("p3", "InvalidInputError"),
            published("p4"),
        ),
        hears("a", data("s", "1"), data("s", "4")),
    ),
]

CONVERSATIONS: list[Conversation] = [*_ACCEPTED, *_REFUSED]
