"""JSON texts as JavaScript produces them: checked, never rewritten.

msgspec's checker is fast and strict about lone surrogates (`"\\ud83d"`), which RFC 8259 allows and
`JSON.stringify` writes. What it refuses gets a second opinion from the standard library.
"""

import json
from array import array
from itertools import accumulate
from typing import Any, NoReturn

import msgspec
import orjson

from eventray_core.limits import MAX_JSON_DEPTH

_check = msgspec.json.Decoder(msgspec.Raw).decode
_decode = msgspec.json.Decoder().decode

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""What a bracket adds to the depth, as a signed byte."""


class JsonTooDeepError(ValueError):
    """A JSON text nested deeper than `MAX_JSON_DEPTH`."""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _too_deep(text: str) -> bool:
    """Count brackets outside strings, in a time that grows with the length alone, whatever the text is."""
    unescaped = text.replace("\\\\", "").replace('\\"', "")
    outside = "".join(unescaped.split('"')[::2])
    steps = outside.encode("ascii", "ignore").translate(_STEPS, _NOT_BRACKETS)
    return max(accumulate(array("b", steps)), default=0) > MAX_JSON_DEPTH


def check_depth(text: str) -> None:
    """Raise `JsonTooDeepError` if brackets nest too deep; quick where there are few of them."""
    if text.count("[") + text.count("{") > MAX_JSON_DEPTH and _too_deep(text):
        raise JsonTooDeepError(f"nested deeper than {MAX_JSON_DEPTH}")


def is_json(text: str) -> bool:
    """Whether `text` is one JSON value by RFC 8259; raises `JsonTooDeepError`."""
    check_depth(text)
    try:
        _check(text)
    except UnicodeEncodeError:
        return _is_json_with_surrogates(text)
    except msgspec.DecodeError:
        return "\\u" in text and _is_json_with_surrogates(text)
    return True


def _is_json_with_surrogates(text: str) -> bool:
    try:
        # Numbers stay text: Python refuses to convert very long ones.
        json.loads(text, parse_constant=_refuse_constant, parse_int=str)
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
        return json.loads(text, parse_constant=_refuse_constant, parse_int=_number)


def _number(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return float(digits)


def string_literal(text: str) -> bytes:
    """`text` as a JSON string with its quotes; a lone surrogate becomes an escape."""
    try:
        return orjson.dumps(text)
    except orjson.JSONEncodeError:
        return json.dumps(text).encode()
