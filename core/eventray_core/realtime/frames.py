"""What the two sides say (specification, section 3)."""

from dataclasses import dataclass

from eventray_core.auth import Credentials
from eventray_core.event import AcceptedEvents


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    """The client would like an acknowledgement."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`channel` is not checked yet."""

    id: str
    channel: str
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """End the subscription of that id."""

    id: str


@dataclass(frozen=True, slots=True)
class Publish:
    """`channel` and `events` are not checked yet."""

    id: str
    channel: str
    events: object
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Malformed:
    """A message of a known type with an id that can be answered; `answer` is the type of the answer."""

    answer: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Not JSON, not an object, of no known type, or without an id to answer to."""


ClientFrame = ConnectionInit | Subscribe | Unsubscribe | Publish | Malformed | Unsupported


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One entry of an `errors` list; `code` appears in `connection_error` only."""

    error_type: str
    message: str | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class ConnectionAck:
    """The connection is acknowledged; without `ka` for so many milliseconds it is to be given up."""

    timeout_ms: int


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """The connection lives."""


@dataclass(frozen=True, slots=True)
class SubscribeSuccess:
    """The subscription is live."""

    id: str


@dataclass(frozen=True, slots=True)
class UnsubscribeSuccess:
    """The subscription is gone."""

    id: str


@dataclass(frozen=True, slots=True)
class PublishSuccess:
    """The publish was accepted, apart from what failed."""

    id: str
    accepted: AcceptedEvents


@dataclass(frozen=True, slots=True)
class ErrorFrame:
    """`subscribe_error`, `publish_error`, `unsubscribe_error`, `connection_error` or `error`."""

    type: str
    errors: tuple[ErrorEntry, ...]
    id: str | None = None


ServerFrame = ConnectionAck | KeepAlive | SubscribeSuccess | UnsubscribeSuccess | PublishSuccess | ErrorFrame
