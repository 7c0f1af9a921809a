"""What comes back from one call of a handler: the JSON text that the runtime's `call.js` makes."""

import enum

import msgspec

NOTHING = msgspec.Raw(b"null")


class LogLine(msgspec.Struct, frozen=True, array_like=True):
    """One `console` line; `position` is the engine's until `handlers/positions.py` has made it the user's."""

    level: str
    position: tuple[int, int] | None
    text: str


class Fault(msgspec.Struct, frozen=True):
    """An exception that nobody caught; `type` is `Code` for one that a helper of AppSync's raised."""

    type: str
    message: str
    position: tuple[int, int] | None = None


class RaisedError(msgspec.Struct, frozen=True):
    """What was given to `util.error` or `util.appendError`."""

    message: str
    type: str | None = None
    data: msgspec.Raw = NOTHING
    info: msgspec.Raw = NOTHING


class EndKind(enum.StrEnum):
    """How a handler ended itself."""

    ERROR = "error"
    UNAUTHORIZED = "unauthorized"


class Ended(msgspec.Struct, frozen=True):
    """A handler called `util.error` (which has an error) or `util.unauthorized`."""

    kind: EndKind
    error: RaisedError | None = None


Item = tuple[str, msgspec.Raw, str | None]
"""One event of a result: id, JSON text of the payload as a JSON string (or null), error."""


class Outgoing(msgspec.Struct, frozen=True):
    """A result as a list of events, or what is `wrong` with it."""

    items: tuple[Item, ...] = ()
    wrong: str | None = None


class HandlerAnswer(msgspec.Struct, frozen=True):
    """One call's answer.

    `result` is there where events were wanted, `value` where a JSON value was. `early` tells that the
    handler ended with `runtime.earlyReturn`, `nothing` that it returned null or nothing. `stash` and
    `events` are what the second half of a handler with a data source begins with.
    """

    result: Outgoing | None = None
    value: str | None = None
    early: bool = False
    nothing: bool = False
    ended: Ended | None = None
    fault: Fault | None = None
    appended: tuple[RaisedError, ...] = ()
    logs: tuple[LogLine, ...] = ()
    stash: msgspec.Raw = NOTHING
    events: msgspec.Raw = NOTHING


decode_answer = msgspec.json.Decoder(HandlerAnswer).decode


class Excess(enum.StrEnum):
    """The limit that ended a call."""

    TIME = "time"
    MEMORY = "memory"
    STACK = "stack"
    NONE = ""
    """None of them: the handler gave nothing that can be read, or its process ended."""
