"""`eventray handlers test`: a local loop for who writes handlers."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from eventray_cluster.cli import app
from eventray_cluster.errors import UsageError

CODE = """import { util } from '@aws-appsync/utils';
export function onPublish(ctx) {
  console.log('got', ctx.events.length, ctx.request.headers.a);
  const kept = ctx.events.filter((e) => e.payload.n !== 2);
  return kept.map((e) => ({ ...e, error: e.payload.n === 3 ? 'three' : null }));
}
export const onSubscribe = (ctx) => { if (ctx.identity?.username !== 'ann') { util.unauthorized() } };
"""
WITH_SOURCE = """export const onPublish = {
  request(ctx) { return { operation: 'Scan' } },
  response(ctx) { return ctx.events.map((e) => ({ id: e.id, payload: ctx.result })) },
};
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "handlers.js"
    file.write_text(CODE, "utf-8")
    return file


def _try(file: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["handlers", "test", str(file), *options])


def test_what_becomes_of_a_publish_is_shown(file: Path) -> None:
    events = [option for n in (1, 2, 3) for option in ("--event", f'{{"n":{n}}}')]
    result = _try(file, *events, "--header", "A: b")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        'log      INFO - code.js:3:3: "got" 3 "b"',
        'sent     [0] {"n":1}',
        "failed   [2] HandlerError: three",
        "dropped  [1]",
    ]


@pytest.mark.parametrize(
    ("identity", "code", "last"),
    [
        ('{"username":"ann"}', 0, "subscribed"),
        ("null", 1, "refused  UnauthorizedException: You are not authorized to make this call."),
    ],
)
def test_whether_a_subscription_is_let_through_is_shown(
    file: Path, identity: str, code: int, last: str
) -> None:
    result = _try(file, "--operation", "subscribe", "--identity", identity)
    assert (result.exit_code, result.output.splitlines()[-1]) == (code, last)


def test_code_that_is_not_accepted_is_shown_with_its_places(file: Path) -> None:
    file.write_text("export const onPublish = () => util.nothing()", "utf-8")
    result = _try(file)
    assert result.exit_code == 1
    assert result.output == "error    1:37  Property 'nothing' does not exist on 'util'.\n"


def test_what_appsync_refuses_is_a_warning_or_an_error(file: Path) -> None:
    file.write_text("export const onPublish = (ctx) => { let n = 0; n++; return ctx.events }", "utf-8")
    line = "1:48  The operator ++ is not supported\n"
    assert _try(file).output.startswith(f"warning  {line}")
    assert _try(file, "--strict").output == f"error    {line}"


def test_a_fault_is_shown_with_its_place(file: Path) -> None:
    file.write_text("export const onPublish = (ctx) => {\n  return ctx.no.where }", "utf-8")
    shown = _try(file).output.splitlines()
    assert shown[0] == "fault    code.js:2:10: TypeError: cannot read property 'where' of undefined"
    assert shown[1] == "refused  HandlerExecutionError: Unable to process request"


def test_a_data_source_can_be_stood_in_for(file: Path) -> None:
    file.write_text(WITH_SOURCE, "utf-8")
    assert _try(file, "--result", '{"items":[]}').output.splitlines() == [
        'request  {"operation":"Scan"}',
        'sent     [0] {"items":[]}',
    ]
    assert "needs a data source" in _try(file).output


@pytest.mark.parametrize(
    "options",
    [
        ("--event", "{"),
        ("--operation", "delete"),
        ("--channel", "/a b"),
        ("--header", "none"),
        ("--result", "?"),
    ],
)
def test_a_wrong_option_is_told(file: Path, options: tuple[str, str]) -> None:
    result = _try(file, *options)
    assert isinstance(result.exception, UsageError)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert isinstance(_try(tmp_path / "none.js").exception, UsageError)
