"""How connections begin, and how they are refused (checks 2, 4, 5 and 6 of the specification)."""

from tests.conformance.messages import (
    ACK,
    INIT,
    KA,
    OTHER_MODE,
    REFUSED,
    WRONG,
    data,
    publish,
    published,
    subscribe,
    subscribed,
)
from tests.conformance.steps import (
    GOOD,
    HOST,
    KEY,
    SENTENCE,
    Closed,
    Connect,
    Conversation,
    Fields,
    Form,
    conversation,
    hears,
    says,
)

UNREADABLE: Fields = {
    "type": "connection_error",
    "errors": [{"errorType": "BadRequestException", "errorCode": 400, "message": SENTENCE}],
}

# Encoded, it has `-` and `_`, or `+` and `/`, wherever in the text it stands.
MARKED: Fields = {**GOOD, "x-note": ">>>>>?????"}

CONVERSATIONS: list[Conversation] = [
    conversation(
        "init is acknowledged, and a keep-alive follows at once",
        Connect("a"),
        says("a", INIT),
        hears("a", ACK, KA),
    ),
    conversation(
        "init may be repeated",
        Connect("a"),
        says("a", INIT, INIT),
        hears("a", ACK, KA, ACK, KA),
    ),
    conversation(
        "init is optional",
        Connect("a"),
        says("a", subscribe("s", "/default/init")),
        hears("a", subscribed("s")),
        says("a", publish("p", "/default/init", "1")),
        hears("a", published("p"), data("s", "1")),
        says("a", INIT),
        hears("a", ACK, KA),
    ),
    *(
        conversation(
            f"credentials are read from {form.value}",
            Connect("a", MARKED, form),
            says("a", INIT),
            hears("a", ACK, KA),
        )
        for form in Form
    ),
    conversation(
        "keys of credentials may be in any case, and unknown ones do not matter",
        Connect("a", {"HOST": HOST, "X-Api-Key": KEY, "x-amz-user-agent": "aws-amplify/6", "more": {"a": 1}}),
        says("a", INIT),
        hears("a", ACK, KA),
    ),
    *(
        conversation(
            f"{what} refused when it first speaks, once",
            Connect("a", authorization),
            says("a", INIT, subscribe("s", "/default/a"), publish("p", "/default/a", "1")),
            hears("a", REFUSED),
            Closed("a", 1000),
        )
        for what, authorization in {
            "a wrong key is": WRONG,
            "a client without credentials is": None,
            "a mode that the API does not have is": OTHER_MODE,
        }.items()
    ),
    conversation(
        "a refused client that says nothing is told all the same",
        Connect("a", WRONG),
        hears("a", REFUSED),
        Closed("a", 1000),
    ),
    *(
        conversation(
            f"credentials that cannot be read are a bad request: {header}",
            Connect("a", header),
            says("a", INIT),
            hears("a", UNREADABLE),
            Closed("a", 1000),
        )
        for header in ("header-A", "header-bm90IEpTT04", "header-W10")
    ),
    conversation(
        "one client's refusal is nothing to another",
        Connect("b"),
        says("b", subscribe("s", "/default/refusal")),
        hears("b", subscribed("s")),
        Connect("a", WRONG),
        says("a", INIT),
        hears("a", REFUSED),
        Closed("a", 1000),
        says("b", publish("p", "/default/refusal", "1")),
        hears("b", published("p"), data("s", "1")),
    ),
]
