"""What a handler is told: `ctx`, as the JSON text that goes into the engine (handlers specification,
section 3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from eventray_core.channel import Channel, ChannelPattern
from eventray_core.event import Event


class Caller(msgspec.Struct, frozen=True, array_like=True):
    """Who asks, and with which request; it travels with a publish or subscribe whose namespace has handlers.

    `identity` and `headers` are JSON texts, so that nobody on the way looks into them.
    """

    auth_mode: str
    identity: bytes = b"null"
    headers: bytes = b"{}"
    domain_name: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a handler is called for. `operation` is `PUBLISH` or `SUBSCRIBE`."""

    operation: str
    channel: Channel | ChannelPattern
    caller: Caller


def request_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """`ctx.request.headers`: names in lower case, a repeated header as a list, no cookies."""
    headers: dict[str, str | list[str]] = {}
    for name, value in ((name.lower(), value) for name, value in pairs):
        before = headers.get(name)
        if name == "cookie":
            continue
        if before is None:
            headers[name] = value
        else:
            headers[name] = [*before, value] if isinstance(before, list) else [before, value]
    return headers


def json_text(value: Any) -> bytes:
    """A value as the JSON text of a `Caller`."""
    return msgspec.json.encode(value)


def base_context(occasion: Occasion) -> dict[str, Any]:
    """`ctx` before its events; what only GraphQL has is there, empty, since some of AWS's pages use it."""
    path = occasion.channel.path
    caller = occasion.caller
    return {
        "identity": orjson.Fragment(caller.identity),
        "info": {
            "channel": {"path": path, "segments": path.strip("/").split("/")},
            "channelNamespace": {"name": occasion.channel.namespace},
            "operation": occasion.operation,
        },
        "request": {"headers": orjson.Fragment(caller.headers), "domainName": caller.domain_name},
        "channel": path,
        "prev": None,
        "outErrors": [],
        "args": {},
        "arguments": {},
        "env": {},
        "source": None,
    }


def engine_input(auth_mode: str, context: dict[str, Any], events: bytes | None) -> str:
    """The whole input of a call; `events` is a JSON text of pairs (id, JSON text of the payload)."""
    members: dict[str, Any] = {"auth": auth_mode, "context": context}
    if events is not None:
        members["events"] = orjson.Fragment(events)
    return orjson.dumps(members).decode()


def event_pairs(events: Iterable[Event]) -> bytes:
    """A publish's events for `engine_input`; their literals go in as they are."""
    pairs = [b"[" + orjson.dumps(event.id) + b"," + event.literal + b"]" for event in events]
    return b"[" + b",".join(pairs) + b"]"
