"""What goes over the wire, as JSON and as this package's types; no I/O."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from eventray_client.errors import Reason
from eventray_client.results import FailedEvent, PublishedEvent, PublishResult

SUBPROTOCOL = "aws-appsync-event-ws"
CONNECT_BODY = b"{}"

Frame = dict[str, Any]


def event_text(value: object) -> str:
    """A value as the JSON text of one event; raises `TypeError` or `ValueError` if it has none."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def publish_body(channel: str, texts: Sequence[str]) -> bytes:
    """The body of an HTTP publish, which is also what a publish over WebSocket is authorized by."""
    return _dump({"channel": channel, "events": list(texts)}).encode()


def subscribe_body(channel: str) -> bytes:
    """What a subscription is authorized by."""
    return _dump({"channel": channel}).encode()


def header_subprotocol(authorization: Mapping[str, str]) -> str:
    """The credentials as AppSync wants them in the upgrade: base64url of JSON, without padding."""
    return "header-" + base64.urlsafe_b64encode(_dump(authorization).encode()).decode().rstrip("=")


def encode(frame: Mapping[str, Any]) -> str:
    """A message's text."""
    return _dump(frame)


def decode(text: str | bytes) -> Frame:
    """A message; what is none of the protocol's is one without a type."""
    try:
        fields = json.loads(text)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) and isinstance(fields.get("type"), str) else {}


def publish_result(fields: Mapping[str, Any]) -> PublishResult:
    """Read `successful` and `failed`; raises `ValueError` if they are not as they must be."""
    try:
        return PublishResult(
            tuple(PublishedEvent(int(e["index"]), str(e["identifier"])) for e in fields["successful"]),
            tuple(_failed(e) for e in fields["failed"]),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not the answer to a publish: {error!r}") from None


def _failed(entry: Mapping[str, Any]) -> FailedEvent:
    code, message = entry.get("code", ""), entry.get("message") or ""
    return FailedEvent(int(entry["index"]), str(entry.get("identifier", "")), str(code), str(message))


def reasons(fields: Mapping[str, Any]) -> tuple[Reason, ...]:
    """Read `errors`; what cannot be read is left out."""
    entries = fields.get("errors")
    if not isinstance(entries, list):
        return ()
    readable = (entry for entry in entries if isinstance(entry, dict))
    return tuple(Reason(str(e.get("errorType", "")), str(e.get("message") or "")) for e in readable)


def _dump(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"))
