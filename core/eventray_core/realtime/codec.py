"""Messages to and from JSON. Reading never fails: what cannot be understood is a frame that says so."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

import orjson

from eventray_core.auth import Credentials, credentials_from
from eventray_core.errors import BadRequestError
from eventray_core.json_text import loads, string_literal
from eventray_core.publish.response import published_fields
from eventray_core.realtime import frames as f
from eventray_core.subscription import is_valid_id

SUBPROTOCOL = "aws-appsync-event-ws"
HEADER_PREFIX = "header-"

DATA_TAIL = b"}"
"""What follows the event's literal in a `data` frame."""

Fields = dict[str, Any]


def data_prefix(subscription_id: str) -> bytes:
    """What stands before the event's literal in a subscription's `data` frames."""
    return b'{"id":' + string_literal(subscription_id) + b',"type":"data","event":'


def decode(data: bytes) -> f.ClientFrame:
    """Read one message; unknown keys are ignored (Amplify repeats everything in `payload`)."""
    try:
        fields = loads(data)
    except (ValueError, RecursionError):
        return f.Unsupported()
    if not isinstance(fields, dict):
        return f.Unsupported()
    kind = fields.get("type")
    if kind == "connection_init":
        return f.ConnectionInit()
    read = _READERS.get(kind) if isinstance(kind, str) else None
    return f.Unsupported() if read is None else _read(read, f"{kind}_error", fields)


def _read(read: Callable[[Fields], f.ClientFrame], answer: str, fields: Fields) -> f.ClientFrame:
    id_ = fields.get("id")
    if not isinstance(id_, str):
        return f.Unsupported()
    if not is_valid_id(id_):
        return f.Malformed(answer, id_, "The id must be 1 to 128 letters, digits, or any of - _ +")
    try:
        return read(fields)
    except TypeError as error:
        return f.Malformed(answer, id_, str(error))


def _read_subscribe(fields: Fields) -> f.ClientFrame:
    return f.Subscribe(fields["id"], _channel(fields), _credentials(fields))


def _read_unsubscribe(fields: Fields) -> f.ClientFrame:
    return f.Unsubscribe(fields["id"])


def _read_publish(fields: Fields) -> f.ClientFrame:
    return f.Publish(fields["id"], _channel(fields), fields.get("events"), _credentials(fields))


_READERS: dict[str, Callable[[Fields], f.ClientFrame]] = {
    "subscribe": _read_subscribe,
    "unsubscribe": _read_unsubscribe,
    "publish": _read_publish,
}


def _channel(fields: Fields) -> str:
    channel = fields.get("channel")
    if not isinstance(channel, str):
        raise TypeError("The channel is missing, or is not a string.")
    return channel


def _credentials(fields: Fields) -> Credentials:
    authorization = fields.get("authorization")
    if authorization is None:
        return {}
    if not isinstance(authorization, dict):
        raise TypeError("The authorization is not an object.")
    return credentials_from(authorization)


def decode_credentials(header: str) -> Credentials:
    """The credentials of a `header-…` subprotocol: base64 JSON in either alphabet, padded or not.

    Raises `BadRequestError`. White space is harmless: AWS's own sample encodes a trailing newline.
    """
    text = header.strip().removeprefix(HEADER_PREFIX).rstrip("=").translate(_STANDARD_ALPHABET)
    try:
        fields = loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True).strip())
    except (ValueError, binascii.Error, RecursionError):
        raise BadRequestError("The authorization header is not base64url-encoded JSON.") from None
    if not isinstance(fields, dict):
        raise BadRequestError("The authorization header is not a JSON object.")
    return credentials_from(fields)


_STANDARD_ALPHABET = str.maketrans("-_", "+/")

_KEEP_ALIVE = b'{"type":"ka"}'


def encode(frame: f.ServerFrame) -> bytes:
    """Write one message."""
    match frame:
        case f.KeepAlive():
            return _KEEP_ALIVE
        case f.ConnectionAck(timeout_ms):
            return _dump({"type": "connection_ack", "connectionTimeoutMs": timeout_ms})
        case f.SubscribeSuccess(id_):
            return _dump({"id": id_, "type": "subscribe_success"})
        case f.UnsubscribeSuccess(id_):
            return _dump({"id": id_, "type": "unsubscribe_success"})
        case f.PublishSuccess(id_, accepted):
            return _dump({"id": id_, "type": "publish_success", **published_fields(accepted)})
        case f.ErrorFrame(kind, errors, id_):
            head = {} if id_ is None else {"id": id_}
            return _dump({**head, "type": kind, "errors": [_entry(error) for error in errors]})


def _entry(error: f.ErrorEntry) -> Fields:
    entry: Fields = {"errorType": error.error_type}
    if error.code is not None:
        entry["errorCode"] = error.code
    if error.message is not None:
        entry["message"] = error.message
    return entry


def _dump(fields: Fields) -> bytes:
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError:  # an id with a lone surrogate
        return json.dumps(fields, separators=(",", ":")).encode()
