"""JSON texts as JavaScript produces them: checked, never rewritten.

msgspec's checker is fast and strict about lone surrogates (`"\\ud83d"`), which RFC 8259 allows and
`JSON.stringify` writes. What it refuses gets a second opinion from the standard library.
"""

import json
import re
from typing import Any, NoReturn

import msgspec
import orjson

from eventray_core.limits import MAX_JSON_DEPTH

_check = msgspec.json.Decoder(msgspec.Raw).decode
_decode = msgspec.json.Decoder().decode


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


class JsonTooDeepError(ValueError):
    """A JSON text nested deeper than `MAX_JSON_DEPTH`."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _too_deep(text: str) -> bool:
    depth = 0
    for bracket in re.findall(r"[][{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_JSON_DEPTH:
            return True
    return False


def check_depth(text: str) -> None:
    """Raise `JsonTooDeepError` if brackets nest too deep; quick where there are few of them."""
    if text.count("[") + text.count("{") > MAX_JSON_DEPTH and _too_deep(text):
        raise JsonTooDeepError(f"nested deeper than {MAX_JSON_DEPTH}")


def is_json(text: str) -> bool:
    """Whether `text` is one JSON value by RFC 8259; raises `JsonTooDeepError`."""
    check_depth(text)
    try:
        _check(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        if "\\u" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
            return False
        try:
            json.loads(text, parse_constant=_refuse_constant)
        except ValueError:
            return False
    return True


def loads(data: bytes) -> Any:
    """The value of a JSON text; raises `ValueError` (of which `JsonTooDeepError` is one).

    Bytes that are not UTF-8 are refused; numbers of any size pass.
    """
    text = data.decode()
    check_depth(text)
    try:
        return _decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return json.loads(text, parse_constant=_refuse_constant)


def string_literal(text: str) -> bytes:
    """`text` as a JSON string with its quotes; a lone surrogate becomes an escape."""
    try:
        return orjson.dumps(text)
    except orjson.JSONEncodeError:
        return json.dumps(text).encode()
