"""What a conversation is made of.

A rig plays the steps of a `Conversation` in turn against a service with one API, whose only namespace is
`default`, and whose mode is the API key. All rigs keep these rules:

- Clients have names; `Connect` opens a connection for one. A rig with several gateways spreads clients and
  posts over them.
- A rig `fill`s the placeholders `KEY` and `HOST` in whatever is sent.
- `Says` sends messages without waiting for answers.
- `Hears` takes as many frames as it lists. Frames of one `id` come in the order of the list, those of
  different ids as they like; frames without an id count as one id. `ka` comes when it likes: it is passed
  over, unless the step lists it. `check_heard` compares.
- `Silent` clients hear nothing more. To know that without waiting, a rig sends `fence(n)` and finds its
  answer to be the next frame: what a connection is sent has one order, and who publishes is answered only
  when the events are on their way to everyone.
- `Post` publishes over HTTP. Header names are in lower case.
- At the end of a conversation all clients that are still connected are silent.
"""

import base64
import enum
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

KEY = "<api key>"
HOST = "<host>"

Fields = dict[str, Any]
Message = Fields | str | bytes
"""What a client sends: an object, or a text as it is."""

GOOD: Fields = {"host": HOST, "x-api-key": KEY}
PROTOCOL = "aws-appsync-event-ws"


@dataclass(frozen=True, slots=True)
class Like:
    """Stands for any value that `accepts` is true of."""

    name: str
    accepts: Callable[[Any], bool]

    def __repr__(self) -> str:
        return f"<{self.name}>"


def _is_uuid(value: Any) -> bool:
    try:
        return bool(str(uuid.UUID(value)) == value)
    except (ValueError, AttributeError, TypeError):
        return False


ANY = Like("anything", lambda value: True)
UUID = Like("a UUID", _is_uuid)
SENTENCE = Like("a sentence", lambda value: isinstance(value, str) and value != "")


class Form(enum.Enum):
    """How an upgrade carries the credentials."""

    PROTOCOL_FIRST = "the protocol, then the header"
    HEADER_FIRST = "the header, then the protocol"
    PADDED = "padded base64url"
    STANDARD_ALPHABET = "plain base64"
    WITH_NEWLINE = "JSON with a newline at its end"
    REAL_HEADERS = "headers of the upgrade, as native SDKs do it"


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection. Credentials that are text are the `header-…` subprotocol as it is; None are none."""

    client: str
    authorization: Fields | str | None = field(default_factory=lambda: GOOD)
    form: Form = Form.PROTOCOL_FIRST


@dataclass(frozen=True, slots=True)
class Says:
    """Send messages."""

    client: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Hears:
    """Receive these frames."""

    client: str
    frames: tuple[Fields, ...]


@dataclass(frozen=True, slots=True)
class Silent:
    """Receive nothing more."""

    client: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The server has closed the connection, and has said nothing that was not heard."""

    client: str
    code: int


@dataclass(frozen=True, slots=True)
class Leaves:
    """The client closes the connection."""

    client: str


@dataclass(frozen=True, slots=True)
class Post:
    """Publish over HTTP; `error_type` is what the header `x-amzn-errortype` says, None if it is not there."""

    body: Message
    status: int
    answer: Fields
    headers: Fields = field(default_factory=lambda: {"x-api-key": KEY})
    error_type: str | None = None


Step = Connect | Says | Hears | Silent | Closed | Leaves | Post


@dataclass(frozen=True, slots=True)
class Conversation:
    """A name that says what is promised, and the steps that show it."""

    name: str
    steps: tuple[Step, ...]


def says(client: str, *messages: Message) -> Says:
    """A client sends messages."""
    return Says(client, messages)


def hears(client: str, *frames: Fields) -> Hears:
    """A client receives frames."""
    return Hears(client, frames)


def conversation(name: str, *steps: Step) -> Conversation:
    """Steps under a name."""
    return Conversation(name, steps)


# For rigs


@dataclass(frozen=True, slots=True)
class Placeholders:
    """What a rig puts for them."""

    key: str
    host: str

    def fill(self, message: Message) -> bytes:
        """A message or body as it is sent."""
        data = message if isinstance(message, bytes) else _text(message).encode()
        return data.replace(KEY.encode(), self.key.encode()).replace(HOST.encode(), self.host.encode())

    def fill_headers(self, headers: Fields) -> dict[str, str]:
        """Headers as they are sent."""
        return {name: self.fill(str(value)).decode() for name, value in headers.items()}

    def upgrade(self, step: Connect) -> tuple[list[str], dict[str, str]]:
        """The subprotocols and the headers with which a client connects."""
        shown = step.authorization
        if shown is None:
            return [PROTOCOL], {}
        if isinstance(shown, str):
            return [PROTOCOL, shown], {}
        if step.form is Form.REAL_HEADERS:
            return [PROTOCOL], self.fill_headers(shown)
        header = f"header-{_ENCODERS[step.form](self.fill(shown))}"
        return ([header, PROTOCOL] if step.form is Form.HEADER_FIRST else [PROTOCOL, header]), {}


def _text(message: Fields | str) -> str:
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


_ENCODERS: dict[Form, Callable[[bytes], str]] = {
    Form.PROTOCOL_FIRST: _unpadded,
    Form.HEADER_FIRST: _unpadded,
    Form.PADDED: lambda data: base64.urlsafe_b64encode(data if len(data) % 3 else data + b" ").decode(),
    Form.STANDARD_ALPHABET: lambda data: base64.b64encode(data).decode().rstrip("="),
    Form.WITH_NEWLINE: lambda data: _unpadded(data + b"\n"),
}

KEEP_ALIVE: Fields = {"type": "ka"}


def is_passed_over(frame: Any, step: Hears) -> bool:
    """Whether a frame is a `ka` that the step does not list."""
    return bool(frame == KEEP_ALIVE) and KEEP_ALIVE not in step.frames


def fence(number: int) -> tuple[Fields, Hears]:
    """A message, and the one frame that answers it."""
    id_ = f"fence-{number}"
    entry = {"errorType": "UnknownOperationError", "message": f"Unknown operation id {id_}"}
    answer = {"id": id_, "type": "unsubscribe_error", "errors": [entry]}
    return {"type": "unsubscribe", "id": id_}, Hears("", (answer,))


def check_heard(step: Hears, heard: list[Any]) -> None:
    """Raise unless what was heard is what the step says."""
    assert len(heard) == len(step.frames), f"{step.client} heard {heard}"
    expected, actual = _by_id(step.frames), _by_id(heard)
    assert matches(expected, actual), f"{step.client} should hear {expected}, but heard {actual}"


def _by_id(frames: Iterable[Any]) -> dict[Any, list[Any]]:
    lanes: dict[Any, list[Any]] = {}
    for frame in frames:
        lanes.setdefault(frame.get("id"), []).append(frame)
    return lanes


def matches(expected: Any, actual: Any) -> bool:
    """Whether a value is the expected one, with `Like` for what is not known before."""
    if isinstance(expected, Like):
        return expected.accepts(actual)
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, dict):
        return expected.keys() == actual.keys() and all(
            matches(expected[key], actual[key]) for key in expected
        )
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(matches, expected, actual))
    return bool(expected == actual)
