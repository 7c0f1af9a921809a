"""Handler code as the control plane sees it: a text of limited size that somebody else has looked through.

Code is compiled where it runs, on a shard, never here. Whoever takes a call asks `code_to_check` for the code
in it, has that checked, and hands the findings to `ControlState.execute` with the call.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from eventray_core import json_text
from eventray_core.control.calls import Call
from eventray_core.control.errors import InvalidRequestError

MAX_CODE_LENGTH = 32_768

Code = Annotated[str, Meta(min_length=1, max_length=MAX_CODE_LENGTH)]

_CHECKED = frozenset({"CreateChannelNamespace", "UpdateChannelNamespace"})


class CodeError(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; unknown lines and columns are 0, an unknown span is -1."""

    error_type: str
    value: str
    line: int = 0
    column: int = 0
    span: int = -1

    def members(self) -> dict[str, Any]:
        """The finding as it stands in an answer's `codeErrors`."""
        location = {"line": self.line, "column": self.column, "span": self.span}
        return {"errorType": self.error_type, "value": self.value, "location": location}


def code_to_check(call: Call) -> str | None:
    """The handler code that a call would save; None if it saves none, or is refused anyway."""
    if call.operation not in _CHECKED:
        return None
    try:
        members = json_text.loads(call.body)
    except ValueError:
        return None
    code = members.get("codeHandlers") if isinstance(members, dict) else None
    return code if isinstance(code, str) and 1 <= len(code) <= MAX_CODE_LENGTH else None


def refuse_faulty(errors: Sequence[CodeError]) -> None:
    """Raise the error that tells a caller what is wrong with the code, if anything is."""
    if errors:
        detail = {"codeErrors": [error.members() for error in errors]}
        raise InvalidRequestError("The code contains one or more errors.", "CODE_ERROR", detail)


def code_hash(code: str) -> str:
    """What members ask for code by."""
    return hashlib.sha256(code.encode()).hexdigest()
