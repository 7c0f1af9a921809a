"""Handlers' code run in this process, for tests of what handlers find around them."""

import json
from typing import Any

from eventray_actors.handlers.engine import EngineLimits
from eventray_actors.handlers.messages import PreparedCode, RefusedCode
from eventray_actors.handlers.programs import Program, prepare

IMPORTS = """
import { util, runtime, extensions } from "@aws-appsync/utils";
import * as ddb from "@aws-appsync/utils/dynamodb";
import * as rds from "@aws-appsync/utils/rds";
import * as ai from "@aws-appsync/utils/ai";
"""
LIMITS = EngineLimits()
NOW = 1517943695758
"""2018-02-06T19:01:35.758Z, the instant of AWS's own examples."""
SEEDS = (0x1234567, -0x7654321, 0x7AFEBEEF, 0x5EEDBA5E)


def prepared(code: str, strict: bool = False) -> PreparedCode:
    """Code that must be accepted."""
    result = prepare(code, strict, LIMITS)
    assert isinstance(result, PreparedCode), result
    return result


def refused(code: str, strict: bool = False) -> list[tuple[str, str, int, int]]:
    """The errors of code that must not be accepted: type, text, line, column."""
    result = prepare(code, strict, LIMITS)
    assert isinstance(result, RefusedCode), result
    return [(error.error_type, error.value, error.line, error.column) for error in result.errors]


def call(code: str, path: str, mode: str, context: dict[str, Any], events: Any = None) -> dict[str, Any]:
    """The answer to one call of a handler, as `call.js` gives it."""
    text: dict[str, Any] = {"auth": "API_KEY", "context": {"stash": {}, **context}}
    if events is not None:
        text["events"] = [[id_, json.dumps(payload)] for id_, payload in events]
    program = Program(prepared(code).script, LIMITS)
    answer: dict[str, Any] = json.loads(program.call(path, mode, json.dumps(text), NOW, SEEDS))
    return answer


def evaluate(expression: str, **context: Any) -> Any:
    """The value of an expression inside a handler that has imported everything."""
    answer = evaluate_fully(expression, **context)
    assert "value" in answer, answer
    return json.loads(answer["value"])


def evaluate_fully(expression: str, **context: Any) -> dict[str, Any]:
    """The whole answer to a handler that returns an expression."""
    code = f"{IMPORTS}\nexport function request(ctx) {{\n  return {expression};\n}}\n"
    return call(code, "request", "value", context)
