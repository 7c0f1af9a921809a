"""Subscriptions, from their beginning to their end (checks 7 to 10, 12 and 13)."""

from tests.conformance.messages import (
    OTHER_MODE,
    WRONG,
    data,
    entry,
    not_subscribed,
    not_unsubscribed,
    publish,
    published,
    subscribe,
    subscribed,
    unsubscribe,
    unsubscribed,
)
from tests.conformance.steps import (
    GOOD,
    SENTENCE,
    Connect,
    Conversation,
    Fields,
    Leaves,
    Silent,
    conversation,
    hears,
    says,
)

UNAUTHORIZED = entry("UnauthorizedException")
INVALID_CHANNEL = (UNAUTHORIZED, entry("BadRequestException", "Invalid Channel Format"))
INVALID_CHANNELS = (
    "",
    "/",
    "/*",
    "*",
    "/default/*/a",
    "/default/a*",
    "/default/**",
    "/default//a",
    "/default/a b",
    "/default/a_b",
    "/default/a.b",
    "/default/-a",
    "/default/é",
    "/default/" + "a" * 51,
    "/default/b/c/d/e/f",
)


def unknown(id_: str) -> Fields:
    """What is told of an id that no live subscription has."""
    return not_unsubscribed(id_, entry("UnknownOperationError", f"Unknown operation id {id_}"))


def amplify(id_: str, channel: str) -> Fields:
    """A subscribe as Amplify sends it: everything twice."""
    payload = {"channel": channel, "extensions": {"authorization": GOOD}}
    return {"id": id_, "channel": channel, "authorization": GOOD, "payload": payload, "type": "subscribe"}


_BEGINNINGS = [
    conversation(
        "a subscriber hears what another publishes",
        Connect("a"),
        Connect("b"),
        says("a", subscribe("s", "/default/sub-1")),
        hears("a", subscribed("s")),
        says("b", publish("p", "/default/sub-1", '{"message":"hi"}')),
        hears("b", published("p")),
        hears("a", data("s", '{"message":"hi"}')),
    ),
    conversation(
        "a publisher hears itself",
        Connect("a"),
        says("a", subscribe("s", "/default/sub-2")),
        hears("a", subscribed("s")),
        says("a", publish("p", "/default/sub-2", "1")),
        hears("a", published("p"), data("s", "1")),
    ),
    conversation(
        "an id that is in use is refused, and the first is left intact",
        Connect("a"),
        says("a", subscribe("s", "/default/sub-3")),
        hears("a", subscribed("s")),
        says("a", subscribe("s", "/default/sub-3-other")),
        # GraphQL subscriptions' wording; that of Events is not known.
        hears("a", not_subscribed("s", entry("DuplicatedOperationError", "Duplicated operation with id s"))),
        says("a", publish("p", "/default/sub-3", "1")),
        hears("a", published("p"), data("s", "1")),
        says("a", publish("p", "/default/sub-3-other", "2")),
        hears("a", published("p")),
    ),
    conversation(
        "the same id on another connection is fine",
        Connect("a"),
        Connect("b"),
        says("a", subscribe("s", "/default/sub-4")),
        says("b", subscribe("s", "/default/sub-4")),
        hears("a", subscribed("s")),
        hears("b", subscribed("s")),
        says("a", publish("p", "/default/sub-4", "1")),
        hears("a", published("p"), data("s", "1")),
        hears("b", data("s", "1")),
    ),
    conversation(
        "an id may be used again once it is free",
        Connect("a"),
        says("a", subscribe("s", "/default/sub-5")),
        hears("a", subscribed("s")),
        says("a", unsubscribe("s"), subscribe("s", "/default/sub-5-other")),
        hears("a", unsubscribed("s"), subscribed("s")),
        says("a", publish("p1", "/default/sub-5", "1"), publish("p2", "/default/sub-5-other", "2")),
        hears("a", published("p1"), published("p2"), data("s", "2")),
    ),
    conversation(
        "one channel under two ids is two subscriptions",
        Connect("a"),
        says("a", subscribe("s1", "/default/sub-6"), subscribe("s2", "default/sub-6/")),
        hears("a", subscribed("s1"), subscribed("s2")),
        says("a", publish("p", "/default/sub-6", "1", "2")),
        hears("a", published("p", 2), data("s1", "1"), data("s1", "2"), data("s2", "1"), data("s2", "2")),
        says("a", unsubscribe("s1")),
        hears("a", unsubscribed("s1")),
        says("a", publish("p", "/default/sub-6", "3")),
        hears("a", published("p"), data("s2", "3")),
    ),
    conversation(
        "a subscribe as Amplify sends it",
        Connect("a"),
        says("a", amplify("s", "/default/sub-7")),
        hears("a", subscribed("s")),
    ),
    *(
        conversation(
            f"an id may be {what}",
            Connect("a"),
            says("a", subscribe(id_, "/default/sub-8")),
            hears("a", subscribed(id_)),
            says("a", publish("p", "/default/sub-8", "1")),
            hears("a", published("p"), data(id_, "1")),
            says("a", unsubscribe(id_)),
            hears("a", unsubscribed(id_)),
        )
        for what, id_ in {"one character": "x", "128 characters": "x" * 128, "any of - _ +": "-_+"}.items()
    ),
]

_REFUSALS = [
    *(
        conversation(
            f"an id may not {what}",
            Connect("a"),
            says("a", subscribe(id_, "/default/sub-9"), unsubscribe(id_)),
            hears(
                "a",
                not_subscribed(id_, entry("BadRequestException", SENTENCE)),
                not_unsubscribed(id_, entry("BadRequestException", SENTENCE)),
            ),
        )
        for what, id_ in {
            "be empty": "",
            "have 129 characters": "x" * 129,
            "hold a space": "a b",
            "hold a dot": "a.b",
            "hold a letter with an accent": "é",
        }.items()
    ),
    *(
        conversation(
            f"{what} is not authorized, and no reason is given",
            Connect("a"),
            says("a", subscribe("s", channel, authorization)),
            hears("a", not_subscribed("s", UNAUTHORIZED)),
            says("a", subscribe("s", "/default/sub-10")),
            hears("a", subscribed("s")),
        )
        for what, channel, authorization in (
            ("a subscribe to an unknown namespace", "/unknown/a", GOOD),
            ("a subscribe to all of an unknown namespace", "/unknown/*", GOOD),
            ("a subscribe to a namespace in the wrong case", "/Default/a", GOOD),
            ("a subscribe with a wrong key", "/default/a", WRONG),
            ("a subscribe in a mode that the namespace does not have", "/default/a", OTHER_MODE),
            ("a subscribe without credentials, on an authorized connection,", "/default/a", {}),
        )
    ),
    *(
        conversation(
            f"an invalid channel gives two errors: {channel[:20]!r}",
            Connect("a"),
            says("a", subscribe("s", channel)),
            hears("a", not_subscribed("s", *INVALID_CHANNEL)),
        )
        for channel in INVALID_CHANNELS
    ),
    conversation(
        "200 subscriptions pass, the next does not, until there is room",
        Connect("a"),
        says("a", *(subscribe(f"s{n}", f"/default/many-{n}") for n in range(201))),
        hears(
            "a",
            *(subscribed(f"s{n}") for n in range(200)),
            not_subscribed("s200", entry("MaxSubscriptionsReachedError")),
        ),
        says("a", publish("p", "/default/many-199", "1"), publish("p", "/default/many-200", "2")),
        hears("a", published("p"), published("p"), data("s199", "1")),
        says("a", unsubscribe("s7"), subscribe("s200", "/default/many-200")),
        hears("a", unsubscribed("s7"), subscribed("s200")),
    ),
    conversation(
        "a refused subscribe leaves the others of its connection alive",
        Connect("a"),
        says("a", subscribe("s", "/default/sub-11"), subscribe("t", "/unknown/a"), subscribe("u", "/a b")),
        hears("a", subscribed("s"), not_subscribed("t", UNAUTHORIZED), not_subscribed("u", *INVALID_CHANNEL)),
        says("a", publish("p", "/default/sub-11", "1")),
        hears("a", published("p"), data("s", "1")),
    ),
]

_WILDCARDS = [
    conversation(
        "a wildcard matches any depth below it, but not its own prefix",
        Connect("a"),
        Connect("b"),
        says("a", subscribe("all", "/default/*"), subscribe("deep", "/default/w/x/*")),
        hears("a", subscribed("all"), subscribed("deep")),
        *(
            step
            for number, channel in enumerate(("w", "w/x", "w/x/y", "w/x/y/z"))
            for step in (
                says("b", publish("p", f"/default/{channel}", str(number))),
                hears("b", published("p")),
                hears(
                    "a",
                    data("all", str(number)),
                    *([data("deep", str(number))] if channel.startswith("w/x/") else []),
                ),
            )
        ),
        # That `/default/*` leaves out `/default` is a choice; AWS's is not known.
        says("b", publish("p", "/default", "9")),
        hears("b", published("p")),
        Silent("a"),
    ),
    conversation(
        "a channel is that channel alone",
        Connect("a"),
        says("a", subscribe("s", "/default/exact/a")),
        hears("a", subscribed("s")),
        *(
            step
            for channel in ("exact", "exact/a/b", "exact/ab", "exact/A")
            for step in (says("a", publish("p", f"/default/{channel}", "1")), hears("a", published("p")))
        ),
        says("a", publish("p", "/default/exact/a", "2")),
        hears("a", published("p"), data("s", "2")),
    ),
    conversation(
        "slashes at the ends do not matter",
        Connect("a"),
        says(
            "a",
            subscribe("s1", "default/slash"),
            subscribe("s2", "/default/slash/"),
            subscribe("s3", "default/*"),
        ),
        hears("a", subscribed("s1"), subscribed("s2"), subscribed("s3")),
        says("a", publish("p", "default/slash/", "1")),
        hears("a", published("p"), data("s1", "1"), data("s2", "1"), data("s3", "1")),
    ),
    conversation(
        "each subscription gets its own copy, whatever the others match",
        Connect("a"),
        says(
            "a",
            subscribe("s1", "/default/*"),
            subscribe("s2", "/default/copy/*"),
            subscribe("s3", "/default/copy/a"),
            subscribe("s4", "/default/copy/b"),
        ),
        hears("a", subscribed("s1"), subscribed("s2"), subscribed("s3"), subscribed("s4")),
        says("a", publish("p", "/default/copy/a", "1")),
        hears("a", published("p"), data("s1", "1"), data("s2", "1"), data("s3", "1")),
    ),
]

_ENDS = [
    conversation(
        "after an unsubscribe there is silence",
        Connect("a"),
        Connect("b"),
        says("a", subscribe("s", "/default/end-1"), subscribe("w", "/default/*")),
        hears("a", subscribed("s"), subscribed("w")),
        says("a", unsubscribe("s"), unsubscribe("w")),
        hears("a", unsubscribed("s"), unsubscribed("w")),
        says("b", publish("p", "/default/end-1", "1")),
        hears("b", published("p")),
        Silent("a"),
    ),
    conversation(
        "an unknown id cannot be unsubscribed",
        Connect("a"),
        says("a", unsubscribe("s")),
        hears("a", unknown("s")),
        says("a", subscribe("s", "/default/end-2")),
        hears("a", subscribed("s")),
        says("a", unsubscribe("s"), unsubscribe("s")),
        hears("a", unsubscribed("s"), unknown("s")),
    ),
    conversation(
        "another connection's subscription is unknown",
        Connect("a"),
        Connect("b"),
        says("a", subscribe("s", "/default/end-3")),
        hears("a", subscribed("s")),
        says("b", unsubscribe("s")),
        hears("b", unknown("s")),
        says("b", publish("p", "/default/end-3", "1")),
        hears("b", published("p")),
        hears("a", data("s", "1")),
    ),
    conversation(
        "an unsubscribe that comes before the answer to its subscribe is remembered",
        Connect("a"),
        says("a", subscribe("s", "/default/end-4"), unsubscribe("s")),
        hears("a", subscribed("s"), unsubscribed("s")),
        says("a", publish("p", "/default/end-4", "1"), unsubscribe("s")),
        hears("a", published("p"), unknown("s")),
    ),
    conversation(
        "who leaves is forgotten, who stays goes on",
        Connect("a"),
        Connect("b"),
        says("a", subscribe("s", "/default/end-5")),
        says("b", subscribe("s", "/default/end-5")),
        hears("a", subscribed("s")),
        hears("b", subscribed("s")),
        Leaves("a"),
        says("b", publish("p", "/default/end-5", "1")),
        hears("b", published("p"), data("s", "1")),
        Connect("a"),
        says("a", subscribe("s", "/default/end-5")),
        hears("a", subscribed("s")),
        says("b", publish("p", "/default/end-5", "2")),
        hears("b", published("p"), data("s", "2")),
        hears("a", data("s", "2")),
    ),
]

CONVERSATIONS: list[Conversation] = [*_BEGINNINGS, *_REFUSALS, *_WILDCARDS, *_ENDS]
