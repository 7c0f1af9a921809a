import json
from collections.abc import AsyncIterator

import pytest
from tests.support.handler_pools import pool_of

from eventray_actors.handlers import evaluate as e
from eventray_actors.handlers.messages import PreparedCode
from eventray_actors.handlers.pool import HandlerPool


@pytest.fixture
async def pool() -> AsyncIterator[HandlerPool]:
    async with pool_of() as pool:
        yield pool


CODE = """import { util } from '@aws-appsync/utils';

export function onPublish(ctx) {
  console.log('path', ctx.info.channel.path);
  ctx.stash.seen = ctx.events.length;
  return ctx.events.filter((event) => event.payload.odds > 0.9);
}
export const onSubscribe = { request(ctx) { return ctx.args.a }, response(ctx) { return ctx.result } }
"""
CONTEXT = {"info": {"channel": {"path": "/a/b"}}, "events": [{"id": "1", "payload": {"odds": 0.95}}]}


async def test_a_function_is_run_with_the_callers_context(pool: HandlerPool) -> None:
    found = await e.evaluate(pool, "api", CODE, json.dumps(CONTEXT), "onPublish")
    assert found.error is None
    assert json.loads(found.result or "") == [{"id": "1", "payload": {"odds": 0.95}}]
    assert found.logs == ('INFO - code.js:4:3: "path" "/a/b"',)
    assert json.loads(found.stash) == {"seen": 1}
    assert found.out_errors == "[]"


async def test_code_that_is_not_accepted_has_its_findings(pool: HandlerPool) -> None:
    found = await e.evaluate(pool, "api", "export function onPublish( {", "{}", "onPublish")
    assert found.error == "The code contains one or more errors."
    assert [error.error_type for error in found.code_errors] == ["PARSER_ERROR"]
    shown = json.loads(e.to_json(found))
    assert shown["codeErrors"][0]["location"] == {"line": 1, "column": 29, "span": 1}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("util.error('foo')", "foo"),
        ("util.unauthorized()", "Unauthorized"),
        ("util.time.nowFormatted('b')", "code.js:2:3: Unknown pattern letter: b"),
        ("null.x", "code.js:2:3: TypeError: cannot read property 'x' of null"),
        ("throw 1", "1"),
        ("while (true);", "The handler took too long."),
        ("'x'.repeat(70000)", "The result is longer than 65536 characters."),
    ],
)
async def test_what_ended_the_code_is_told_as_aws_does(pool: HandlerPool, body: str, error: str) -> None:
    wrapped = body if body.startswith(("throw", "while")) else f"const n = null; return {body}"
    code = f"export function request(ctx) {{\n  {wrapped.replace('const n = null; return null', 'null')}\n}}"
    found = await e.evaluate(pool, "api", code, "{}")
    assert found.result is None
    assert (found.error or "").replace("2:26", "2:3") == error


async def test_appended_errors_are_shown(pool: HandlerPool) -> None:
    code = "export const response = (ctx) => { util.appendError('m', 'T', { a: 1 }); return 1 }"
    found = await e.evaluate(pool, "api", code, "{}", "response")
    assert json.loads(found.out_errors) == [
        {"message": "m", "type": "T", "data": {"a": 1}, "errorInfo": None}
    ]
    assert found.result == "1"


@pytest.mark.parametrize(
    ("forms", "wanted", "path"),
    [
        ({"request": "function", "response": "function"}, "request", "request"),
        ({"onPublish": "function"}, None, "onPublish"),
        ({"onPublish": "request,response"}, "onPublish.response", "onPublish.response"),
        ({"onPublish": "request,response"}, "response", "onPublish.response"),
        ({"request": "function", "onPublish": "request"}, "request", "request"),
        ({"onPublish": "request"}, None, "onPublish.request"),
    ],
)
def test_the_function_that_is_meant_is_found(forms: dict[str, str], wanted: str | None, path: str) -> None:
    assert e.function_path(PreparedCode("", forms), wanted) == path


@pytest.mark.parametrize(
    ("forms", "wanted"),
    [
        ({}, None),
        ({"onPublish": "function", "onSubscribe": "function"}, None),
        ({"onPublish": "request", "onSubscribe": "request"}, "request"),
        ({"onPublish": "other"}, "onPublish"),
        ({"onPublish": "function"}, "nothing"),
    ],
)
def test_a_function_that_may_mean_several_or_none_is_refused(
    forms: dict[str, str], wanted: str | None
) -> None:
    with pytest.raises(e.EvaluationRequestError):
        e.function_path(PreparedCode("", forms), wanted)


def test_what_a_context_leaves_out_has_defaults() -> None:
    context = e.context_of('{"arguments":{"a":1},"identity":{"sub":"s"}}')
    assert context["args"] == context["arguments"] == {"a": 1}
    assert context["identity"] == {"sub": "s"}
    assert context["request"] == {"headers": {}, "domainName": None}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a":' + "1" * 28_000 + "}"])
def test_a_context_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(e.EvaluationRequestError):
        e.context_of(text)
