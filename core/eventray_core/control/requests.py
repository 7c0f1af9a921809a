"""One call in the hands of a resource's rule: what was sent, what is known, and the way to an outcome."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from eventray_core import json_text
from eventray_core.control.calls import Call
from eventray_core.control.certificate_contents import ReadCertificate, read_no_certificate
from eventray_core.control.code import CodeError
from eventray_core.control.errors import InvalidRequestError
from eventray_core.control.facts import Facts
from eventray_core.control.ids import RandomBytes
from eventray_core.control.records import Change
from eventray_core.control.tables import Tables

S = TypeVar("S", bound=msgspec.Struct)

_PLACE = re.compile(r"(?P<what>.*) - at (?:`key` in )?`(?P<where>\$[^`]*)`", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call, the records it is judged by, and its time and chance; `now` is seconds since 1970."""

    call: Call
    tables: Tables
    facts: Facts
    now: float
    random_bytes: RandomBytes
    code_errors: Sequence[CodeError] = ()
    read_certificate: ReadCertificate = read_no_certificate

    @property
    def timestamp(self) -> float:
        """The time as records and answers have it: seconds with three decimals."""
        return round(self.now, 3)

    def parameter(self, name: str) -> str:
        """A parameter of the path."""
        return self.call.path.get(name, "")

    def values(self, name: str) -> list[str]:
        """All values of that name in the query."""
        return [value for key, value in self.call.query if key == name]

    def read(self, shape: type[S]) -> S:
        """The body as that Struct; members that it does not know are ignored, null is as good as absent.

        Raises `InvalidRequestError` that names the member at fault.
        """
        members = _members(self.call.body)
        try:
            return msgspec.convert(members, shape)
        except msgspec.ValidationError as error:
            raise InvalidRequestError(_sentence(str(error))) from None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call comes to: the members of the answer, and the changes that make it true."""

    members: Any
    changes: tuple[Change, ...] = ()


Handler = Callable[[Request], Outcome]
"""Judges a call; raises `ControlError` and changes nothing."""

DONE: dict[str, Any] = {}
"""The empty answer of what deletes or tags."""


def _members(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = _without_nulls(json_text.loads(body))
    except ValueError:
        raise InvalidRequestError("The request body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise InvalidRequestError("The request body must be a JSON object.")
    return value


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, str):
        # A lone surrogate could neither be stored nor sent back.
        value.encode()
    return value


def _sentence(error: str) -> str:
    """The complaint in the words that AWS's validation uses."""
    found = _PLACE.fullmatch(error)
    what, where = (found["what"], found["where"].removeprefix("$").lstrip(".")) if found else (error, "")
    value = f"Value at '{where}'" if where else "The request"
    return f"1 validation error detected: {value} is not valid: {what}"
