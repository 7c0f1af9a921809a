"""EvaluateCode (control-plane specification, section 3.7): the request is checked, nothing runs it yet."""

import enum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from eventray_core.control.code import Code
from eventray_core.control.errors import InvalidRequestError
from eventray_core.control.requests import Outcome, Request
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


def evaluate(request: Request) -> Outcome:
    """EvaluateCode. Code runs on a shard and not here, so whoever can run it answers before this is asked."""
    request.read(Evaluation)
    raise InvalidRequestError("This server does not evaluate code: the handlers' runtime is not available.")
