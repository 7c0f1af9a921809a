"""EvaluateCode (control-plane specification, section 3.7). Code runs on a shard: whoever takes the call asks
`to_evaluate` for what is to be run, has that done, and answers with `evaluated`.
"""

import enum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from eventray_core import json_text
from eventray_core.control.calls import Answer, Call
from eventray_core.control.code import Code
from eventray_core.control.errors import InvalidRequestError
from eventray_core.control.requests import Outcome, Request
from eventray_core.link.envelopes import Evaluated
from eventray_core.shape import Shape


class RuntimeName(enum.StrEnum):
    """The runtimes that code can be for."""

    APPSYNC_JS = "APPSYNC_JS"


class Runtime(Shape, frozen=True, kw_only=True):
    """A runtime and its version."""

    name: RuntimeName
    runtime_version: Literal["1.0.0"]


class Evaluation(Shape, frozen=True, kw_only=True):
    """What is to be evaluated: `context` is JSON text, `function` the export that is called."""

    runtime: Runtime
    code: Code
    context: Annotated[str, Meta(min_length=2, max_length=28_000)]
    function: str | UnsetType = UNSET


def to_evaluate(call: Call) -> Evaluation | None:
    """What a call wants evaluated; None for other calls, and for one that `evaluate` refuses."""
    if call.operation != "EvaluateCode":
        return None
    try:
        return msgspec.convert(json_text.loads(call.body), Evaluation)
    except (ValueError, msgspec.ValidationError):
        return None


def evaluated(found: Evaluated) -> Answer:
    """The answer to a call whose code was run."""
    if found.invalid is not None:
        return InvalidRequestError(found.invalid).answer()
    members: dict[str, Any] = {"logs": list(found.logs), "stash": found.stash, "outErrors": found.out_errors}
    if found.result is not None:
        members["evaluationResult"] = found.result
    if found.error is not None:
        findings = [error.members() for error in found.code_errors]
        members["error"] = {"message": found.error, "codeErrors": findings}
    return Answer(status=200, body=msgspec.json.encode(members))


def evaluate(request: Request) -> Outcome:
    """EvaluateCode as far as it can be told without running anything: what is wrong with the request."""
    request.read(Evaluation)
    raise InvalidRequestError("This server does not evaluate code: the handlers' runtime is not available.")
