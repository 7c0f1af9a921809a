"""EvaluateCode: code run once, with a context of the caller's, to see what it does (handlers specification,
10).

AWS documents only `request` and `response`; event handlers and their parts are accepted too.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from eventray_actors.handlers.messages import PreparedCode, RefusedCode
from eventray_actors.handlers.pool import HandlerPool, Handlers
from eventray_core.control.code import CodeError
from eventray_core.handling.answers import EndKind, Excess, Fault, HandlerAnswer, LogLine
from eventray_core.handling.context import engine_input
from eventray_core.handling.invocation import EXCESSES
from eventray_core.json_text import loads

MAX_CONTEXT_CHARACTERS = 28_000
MAX_RESULT_CHARACTERS = 65_536
EVENT_HANDLERS = ("onPublish", "onSubscribe")
CODE_FILE = "code.js"

DEFAULTS: dict[str, Any] = {
    "identity": None,
    "request": {"headers": {}, "domainName": None},
    "stash": {},
    "prev": None,
    "outErrors": [],
    "env": {},
    "source": None,
}


class EvaluationRequestError(ValueError):
    """The request itself makes no sense: its context or its function."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What EvaluateCode answers; `result`, `stash` and `out_errors` are JSON texts.

    Code that failed has an `error`; code that was not accepted has its findings too.
    """

    result: str | None = None
    error: str | None = None
    code_errors: tuple[CodeError, ...] = ()
    logs: tuple[str, ...] = ()
    stash: str = "{}"
    out_errors: str = "[]"


async def evaluate(
    pool: HandlerPool, api_id: str, code: str, context: str, function: str | None = None
) -> Evaluation:
    """Run one function of `code` with `context`, a JSON object as text.

    Raises `EvaluationRequestError`, and `ServiceUnavailableError` when too many wait.
    """
    members = context_of(context)
    prepared = await pool.prepare(code)
    if isinstance(prepared, RefusedCode):
        return Evaluation(error="The code contains one or more errors.", code_errors=prepared.errors)
    path = function_path(prepared, function)
    text = engine_input("", members, None)
    answer = await pool.call(Handlers(api_id, "/evaluate", code), path, "value", text)
    if isinstance(answer, Excess):
        return Evaluation(error=EXCESSES[answer])
    return evaluation_of(answer)


def context_of(text: str) -> dict[str, Any]:
    """The caller's context, with defaults for what it leaves out; raises `EvaluationRequestError`."""
    if len(text) > MAX_CONTEXT_CHARACTERS:
        raise EvaluationRequestError(f"The context is longer than {MAX_CONTEXT_CHARACTERS} characters.")
    try:
        given = loads(text.encode(errors="surrogatepass"))
    except ValueError:
        raise EvaluationRequestError("The context is not valid JSON.") from None
    if not isinstance(given, dict):
        raise EvaluationRequestError("The context is not a JSON object.")
    arguments = given.get("arguments", given.get("args", {}))
    return {**DEFAULTS, "arguments": arguments, "args": arguments, **given}


def function_path(prepared: PreparedCode, wanted: str | None) -> str:
    """What to call: the function of that name, a part such as `onPublish.request`, or the only candidate."""
    paths = list(_callable_paths(prepared.forms))
    if wanted is not None:
        ends = [path for path in paths if path == wanted or path.endswith(f".{wanted}")]
        exact = [path for path in ends if path == wanted]
        if len(exact or ends) == 1:
            return (exact or ends)[0]
        raise EvaluationRequestError(f"The code has no function {wanted} that could be meant.")
    if len(paths) == 1:
        return paths[0]
    raise EvaluationRequestError("The function to evaluate must be named.")


def _callable_paths(forms: dict[str, str]) -> Iterable[str]:
    for name, form in forms.items():
        if form == "function":
            yield name
        elif name in EVENT_HANDLERS:
            yield from (f"{name}.{part}" for part in form.split(",") if part in ("request", "response"))


def evaluation_of(answer: HandlerAnswer) -> Evaluation:
    """An answer as EvaluateCode shows it."""
    result, error = answer.value, error_of(answer)
    if error is None:
        result = "null" if result is None else result
        if len(result) > MAX_RESULT_CHARACTERS:
            result, error = None, f"The result is longer than {MAX_RESULT_CHARACTERS} characters."
    return Evaluation(
        result=result if error is None else None,
        error=error,
        logs=tuple(log_text(line) for line in answer.logs),
        stash=bytes(answer.stash).decode(),
        out_errors=_out_errors(answer),
    )


def _out_errors(answer: HandlerAnswer) -> str:
    raised = [
        {
            "message": one.message,
            "type": one.type,
            "data": orjson.Fragment(bytes(one.data)),
            "errorInfo": orjson.Fragment(bytes(one.info)),
        }
        for one in answer.appended
    ]
    return orjson.dumps(raised).decode()


def error_of(answer: HandlerAnswer) -> str | None:
    """The sentence for what ended a call, as AWS words it; None if it ended well."""
    if answer.fault is not None:
        return fault_text(answer.fault)
    if answer.ended is None:
        return None
    if answer.ended.kind is EndKind.UNAUTHORIZED or answer.ended.error is None:
        return "Unauthorized"
    return answer.ended.error.message


def fault_text(fault: Fault) -> str:
    """`code.js:3:5: TypeError: …`; a helper's own complaint has no type in front."""
    kind = "" if fault.type in ("Code", "") else f"{fault.type}: "
    return f"{place_text(fault.position)}{kind}{fault.message}"


def log_text(line: LogLine) -> str:
    """`INFO - code.js:5:3: "current id" "record-id"`."""
    return f"{line.level} - {place_text(line.position)}{line.text}"


def place_text(position: tuple[int, int] | None) -> str:
    """`code.js:5:3: `; nothing for an unknown place."""
    return "" if position is None else f"{CODE_FILE}:{position[0]}:{position[1]}: "


def to_json(evaluation: Evaluation) -> str:
    """The evaluation for people, with its JSON texts as values."""
    shown = {
        "result": None if evaluation.result is None else json.loads(evaluation.result),
        "error": evaluation.error,
        "codeErrors": [error.members() for error in evaluation.code_errors],
        "logs": list(evaluation.logs),
        "stash": json.loads(evaluation.stash),
        "outErrors": json.loads(evaluation.out_errors),
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)
