import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import pytest

from eventray_cluster.template_output import Report, TemplateOutput, stack_row, users_of
from eventray_cluster.templates.outputs import Outputs
from eventray_cluster.templates.planning import Action, Plan, Step
from eventray_cluster.templates.resource_types import USER
from eventray_cluster.templates.stack import Stack, Status, StoredResource, encode
from eventray_cluster.templates.stacks import StoredStack
from eventray_cluster.templates.template import Resource

NAMESPACE = "AWS::AppSync::ChannelNamespace"
PLAN = Plan(
    (
        Step(Action.CREATE, "Api", "AWS::AppSync::Api"),
        Step(Action.UPDATE, "News", NAMESPACE, ("CodeHandlers", "HandlerConfigs")),
        Step(Action.REPLACE, "Olds", NAMESPACE, ("Name",)),
        Step(Action.NONE, "Same", NAMESPACE),
        Step(Action.DELETE, "Gone", NAMESPACE),
        Step(Action.LEAVE, "Kept", NAMESPACE),
    ),
    {"Api": ("Role.Arn",)},
)
REPORT = Report(
    "chat",
    "UPDATE_COMPLETE",
    PLAN,
    {"Fn": Resource("Fn", "AWS::Lambda::Function"), "Gn": Resource("Gn", "AWS::Lambda::Function")},
    ["chat-Publisher"],
    Outputs(
        {"Http": "https://x/event", "Odd": "a\x1b[31m"}, {"Role": "Role.Arn is not deployed to EventRay."}
    ),
)


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@contextmanager
def screen() -> Iterator[Screen]:
    """A terminal, as standard output."""
    found = Screen()
    with redirect_stdout(found):
        yield found


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")


def test_programs_get_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    output = TemplateOutput()
    output.plan(REPORT)
    output.progress(PLAN.steps[0])
    output.deleted("chat")
    output.done(REPORT)
    found = json.loads(capsys.readouterr().out)
    assert found["changes"][1] == {
        "action": "update", "logicalId": "News", "type": NAMESPACE,
        "properties": ["CodeHandlers", "HandlerConfigs"],
    }  # fmt: skip
    assert [change["action"] for change in found["changes"]] == [
        "create", "update", "replace", "delete", "leave",
    ]  # fmt: skip
    assert (found["stack"], found["status"], found["users"]) == (
        "chat",
        "UPDATE_COMPLETE",
        ["chat-Publisher"],
    )
    assert found["skipped"] == {"Fn": "AWS::Lambda::Function", "Gn": "AWS::Lambda::Function"}
    assert (found["placeholders"], found["outputs"]["Http"]) == ({"Api": ["Role.Arn"]}, "https://x/event")
    assert found["outputsLeftOut"] == {"Role": "Role.Arn is not deployed to EventRay."}


def test_people_see_the_plan_and_what_comes_of_it() -> None:
    with screen() as seen:
        output = TemplateOutput()
        output.plan(REPORT)
        output.progress(PLAN.steps[0])
        output.progress(PLAN.steps[3])
        output.done(REPORT)
    lines = [" ".join(line.split()) for line in seen.getvalue().splitlines()]
    assert lines == [
        "+ Api AWS::AppSync::Api",
        f"~ News {NAMESPACE} CodeHandlers, HandlerConfigs",
        f"± Olds {NAMESPACE} Name",
        f"- Gone {NAMESPACE}",
        f"· Kept {NAMESPACE}",
        "skipped AWS::Lambda::Function: Fn, Gn",
        "Api has placeholders for Role.Arn",
        "user chat-Publisher has the grants: eventray iam create-access-key chat-Publisher",
        "✓ create Api",
        "Http https://x/event",
        "Odd a\\u001b[31m",
        "output Role is left out: Role.Arn is not deployed to EventRay.",
    ]


def test_people_are_told_that_there_is_nothing_to_do() -> None:
    with screen() as seen:
        TemplateOutput().plan(Report("chat", "UPDATE_COMPLETE", Plan(())))
        TemplateOutput().deleted("chat")
    assert seen.getvalue().splitlines() == ["No changes to the stack chat.", "stack chat deleted"]


def test_a_stack_is_shown_with_its_size_and_time() -> None:
    resource = StoredResource(logical_id="Api", type="AWS::AppSync::Api")
    body = encode(Stack(name="chat", status=Status.UPDATED, resources={"Api": resource}))
    assert stack_row(StoredStack("chat", 3, body, 1_800_000_000.5)) == {
        "name": "chat", "status": "UPDATE_COMPLETE", "resources": 1, "lastModified": "2027-01-15 08:00:00",
    }  # fmt: skip
    assert stack_row(StoredStack("chat", 3, "?", 0))["status"] == "of another version"


def test_the_users_are_those_that_the_template_makes() -> None:
    resources = {
        "A": Resource("A", USER, {"UserName": "chat-A"}),
        "B": Resource("B", NAMESPACE, {"Name": "b"}),
    }
    assert users_of(resources) == ["chat-A"]
