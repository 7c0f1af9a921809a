"""How code is judged, rewritten and placed."""

# ruff: noqa: E501 - each sample of code is one line

from pathlib import Path

import pytest
from tests.support.handlers import LIMITS, call, prepared, refused

from eventray_actors.handlers.messages import PreparedCode
from eventray_actors.handlers.programs import prepare
from eventray_core.control.code import MAX_CODE_LENGTH

BUNDLES = Path(__file__).parent / "bundles"
UTILS = "@aws-appsync/utils"
READING = {"room": "a", "celsius": 20}
FUNCTION = {"onPublish": "function"}
BOTH = {"onPublish": "function", "onSubscribe": "function"}


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("export function onPublish(ctx) { return ctx.events }", FUNCTION),
        ("export const onPublish = (ctx) => ctx.events", FUNCTION),
        ("const a = () => 1, b = () => 2; export { a as onPublish, b as onSubscribe };", BOTH),
        (
            "export const onPublish = { request(ctx) {}, response: (ctx) => [] }",
            {"onPublish": "request,response"},
        ),
        ("export const onPublish = { request(ctx) {} }", {"onPublish": "request"}),
        ("export let onSubscribe = null", {"onSubscribe": "other"}),
        ("export var { onPublish, o: [onSubscribe] } = { onPublish() {}, o: [() => 1] }", BOTH),
        ("export default { request() {} }; export function onPublish() {}", FUNCTION),
        ("export default function named() {}; export function onPublish() { return named() }", FUNCTION),
        ("export default function () {}; export function onPublish() {}", FUNCTION),
    ],
)
def test_the_exports_and_their_forms_are_known(code: str, forms: dict[str, str]) -> None:
    assert prepared(code).forms == forms


@pytest.mark.parametrize(
    "code",
    [
        f'import {{ util }} from "{UTILS}"; export const onPublish = () => util.autoId().length',
        f"import{{util as o}}from'{UTILS}';export var onPublish=()=>o.autoId().length",
        f'import * as all from "{UTILS}"; export const onPublish = () => all.util.autoId().length',
        f'import {{ "util" as tools }} from "{UTILS}"; export const onPublish = () => tools.autoId().length',
        f'export const onPublish = () => u.autoId().length; import {{ util as u }} from "{UTILS}"',
        f'import "{UTILS}"; export const onPublish = () => util.autoId().length',
    ],
)
def test_imports_are_there_whatever_they_are_called(code: str) -> None:
    assert call(code, "onPublish", "value", {})["value"] == "36"


def test_a_helper_may_stand_below_its_use() -> None:
    code = "export const onPublish = (ctx) => twice(2);\nfunction twice(n) { return 2 * n }"
    assert call(code, "onPublish", "value", {})["value"] == "4"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("export function onPublish( {", ("PARSER_ERROR", "Unexpected token", 1, 29)),
        (
            "\n  import * as ddb from `@aws-appsync/utils/dynamodb`;",
            ("PARSER_ERROR", "Unexpected token", 2, 24),
        ),
        (
            "export const onPublish = async () => 1",
            ("LINT_ERROR", "Async functions are not supported.", 1, 26),
        ),
        ("export function* onPublish() {}", ("LINT_ERROR", "Generator functions are not supported.", 1, 8)),
        (
            "export const onPublish = () => import('fs')",
            ("LINT_ERROR", "Import expressions are not supported.", 1, 32),
        ),
        ("import fs from 'fs'", ("LINT_ERROR", "Cannot find module 'fs'.", 1, 16)),
        (f"import utils from '{UTILS}'", ("LINT_ERROR", f"Module '{UTILS}' has no default export.", 1, 8)),
        (
            f"import {{ utils }} from '{UTILS}'",
            ("LINT_ERROR", f"Module '{UTILS}' has no exported member 'utils'.", 1, 10),
        ),
        (f"export * from '{UTILS}'", ("LINT_ERROR", "Exports from other modules are not supported.", 1, 1)),
        (
            "export function onPublish() {\n  return util.autoID() }",
            ("LINT_ERROR", "Property 'autoID' does not exist on 'util'.", 2, 15),
        ),
        (
            "export const onPublish = () => util.time['now']()",
            ("LINT_ERROR", "Property 'now' does not exist on 'util.time'.", 1, 42),
        ),
        (
            f"import * as ddb from '{UTILS}/dynamodb'; ddb.sync({{}})",
            ("LINT_ERROR", "Property 'sync' does not exist on 'ddb'.", 1, 57),
        ),
        ("\nnope()", ("LINT_ERROR", "The code cannot be evaluated: nope is not defined", 2, 1)),
        (
            "x" * (MAX_CODE_LENGTH + 1),
            ("LINT_ERROR", f"The code is longer than {MAX_CODE_LENGTH} characters.", 1, 1),
        ),
        (
            "while (true);",
            ("LINT_ERROR", "The code cannot be evaluated: The handler used up its time.", 1, 1),
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_its_place(
    code: str, error: tuple[str, str, int, int]
) -> None:
    assert refused(code)[0] == error


@pytest.mark.parametrize("code", ["[" * 20_000, "x=" * 16_000 + "1", "a?b:" * 8000 + "1", "-" * 30_000 + "1"])
def test_code_that_is_nested_too_deeply_is_refused(code: str) -> None:
    assert refused(code)[0][0] == "PARSER_ERROR"


@pytest.mark.parametrize(
    "code",
    [
        f"import {{ util as o }} from '{UTILS}'; const f = (o) => o.anything; export const onPublish = () => f({{}})",
        "export function onPublish(ctx) { const util = { mine: () => 1 }; return util.mine() }",
        "export const onPublish = (ctx) => util[ctx.name]()",
    ],
)
def test_a_name_that_may_mean_something_else_is_not_judged(code: str) -> None:
    assert prepared(code).forms == FUNCTION


DISCOURAGED = {
    "let a = 1; a++": "The operator ++ is not supported",
    "const b = ~1": "The operator ~ is not supported",
    "for (let i = 0; i < 1;) break": "For statements are not supported.",
    "for (const i of []) continue": "Continue statements are not supported",
    "while (false);": "While statements are not supported.",
    "do {} while (false)": "Do-while statements are not supported.",
    "try {} finally {}": "Try statements are not supported.",
    "if (ctx.never) throw 1": "Throw statements are not supported. Use util.error().",
    "const c = 'a' in {}": "in operator is not supported. Use Object.hasOwn().",
    "const d = [] instanceof Array": "The operator instanceof is not supported",
    "const e = /a/": "Regex literals are not supported.",
    "class F {}": "Class declarations are not supported.",
    "const g = this": "This expressions are not supported.",
    "[2, 1].sort((x, y) => x - y)": "Functions can not be passed as an argument",
    "h: for (const i of []);": "Labels are not supported.",
    "const fn = () => 1; if (ctx.never) fn.call()": "The method call is not supported.",
    "const again = () => again(); if (ctx.never) again()": "Recursive function calls not supported. Detected cycle in again <- again",
    "if (ctx.never) ctx = 1": "The context cannot be assigned.",
}


@pytest.mark.parametrize(("statement", "message"), DISCOURAGED.items())
def test_what_appsync_forbids_is_a_warning_or_when_strict_an_error(statement: str, message: str) -> None:
    code = f"export function onPublish(ctx) {{ {statement}; return ctx.events }}"
    assert message in [warning.value for warning in prepared(code).warnings]
    assert ("LINT_ERROR", message) in [error[:2] for error in refused(code, strict=True)]
    assert "fault" not in call(code, "onPublish", "events", {}, [("1", {})])


def test_portable_code_gives_no_warning() -> None:
    code = """
    export function onPublish(ctx) {
      const kept = [];
      for (const event of ctx.events) {
        if (event.payload.odds > 0.9) { kept.push(event); } else { break; }
      }
      return kept.filter((event) => Object.hasOwn(event, "id")).map((event) => ({ ...event, error: null }));
    }"""
    assert prepared(code, strict=True).warnings == ()


@pytest.mark.parametrize("name", ["plain", "minified"])
def test_a_bundle_runs(name: str) -> None:
    code = (BUNDLES / f"{name}.js").read_text("utf-8")
    events = [("1", READING), ("2", {"room": "b", "celsius": 101})]
    answer = call(code, "onPublish", "events", {}, events)
    outcomes = [(id_, error) for id_, _payload, error in answer["result"]["items"]]
    assert outcomes == [("1", None), ("2", "b is too hot")]
    context = {"info": {"channel": {"path": "/rooms/cellar"}}}
    assert call(code, "onSubscribe", "none", context)["ended"] == {"kind": "unauthorized"}


def test_the_script_keeps_lines_and_columns() -> None:
    code = (
        f"import {{\n  util\n}} from '{UTILS}'; export const onPublish = () => 1;\nexport {{ util as x }};\n"
    )
    lines = prepared(code).script.splitlines()
    assert lines[3] == " " * code.splitlines()[2].index("const") + "const onPublish = () => 1;"
    assert lines[1].strip() == lines[2].strip() == lines[4].strip() == ""


def test_module_code_runs_anew_for_each_use() -> None:
    code = "let n = 0; n += 1; export const onPublish = n === 1 ? () => n : null"
    result = prepare(code, False, LIMITS)
    assert isinstance(result, PreparedCode)
    assert result.forms == FUNCTION
