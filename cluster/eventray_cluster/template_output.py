"""How the commands for templates show plans and outputs: colours for people, one JSON object for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eventray_cluster.client_output import visible
from eventray_cluster.templates.outputs import Outputs
from eventray_cluster.templates.planning import Action, Plan, Step
from eventray_cluster.templates.resource_types import USER
from eventray_cluster.templates.stack import decode
from eventray_cluster.templates.stacks import StoredStack
from eventray_cluster.templates.template import Resource

SIGNS: Mapping[Action, tuple[str, str]] = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "magenta"),
    Action.DELETE: ("-", "red"),
    Action.LEAVE: ("·", "dim"),
}
"""By action: a sign and its colour."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a deployment came to, or will."""

    stack: str
    status: str
    plan: Plan
    skipped: Mapping[str, Resource] = field(default_factory=dict)
    users: Sequence[str] = ()
    """The users that carry the template's grants."""
    outputs: Outputs = field(default_factory=Outputs)

    def for_programs(self) -> dict[str, Any]:
        """One object."""
        return {
            "stack": self.stack,
            "status": self.status,
            "changes": [_change(step) for step in self.plan.changes],
            "skipped": {name: resource.type for name, resource in self.skipped.items()},
            "placeholders": {name: list(names) for name, names in self.plan.placeholders.items()},
            "users": list(self.users),
            "outputs": self.outputs.values,
            "outputsLeftOut": self.outputs.left_out,
        }


def _change(step: Step) -> dict[str, Any]:
    return {
        "action": step.action.value,
        "logicalId": step.logical_id,
        "type": step.type,
        "properties": list(step.changed),
    }


class TemplateOutput:
    """Where to show it."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._for_people = sys.stdout.isatty()

    def progress(self, step: Step) -> None:
        """A step is done."""
        if self._for_people and step.action is not Action.NONE:
            self._console.print(Text.assemble(("✓ ", "green"), f"{step.action} {visible(step.logical_id)}"))

    def plan(self, report: Report) -> None:
        """What is going to be done; programs are told at the end."""
        if not self._for_people:
            return
        if report.plan.changes:
            self._console.print(_plan_table(report.plan))
        else:
            self._console.print(f"No changes to the stack {report.stack}.")
        self._notes(report)

    def _notes(self, report: Report) -> None:
        for type_, names in _by_type(report.skipped).items():
            self._say(f"skipped {type_}: {', '.join(names)}", "dim")
        for name, stands_for in report.plan.placeholders.items():
            self._say(f"{name} has placeholders for {', '.join(stands_for)}", "yellow")
        for user in report.users:
            self._say(f"user {user} has the grants: eventray iam create-access-key {user}", "cyan")

    def _say(self, sentence: str, style: str) -> None:
        self._console.print(Text(visible(sentence), style=style))

    def done(self, report: Report) -> None:
        """What came of it."""
        if not self._for_people:
            sys.stdout.write(json.dumps(report.for_programs()) + "\n")
            return
        outputs = Table.grid(padding=(0, 3))
        for name, value in report.outputs.values.items():
            outputs.add_row(Text(visible(name), style="bold"), Text(visible(value)))
        self._console.print(outputs)
        for name, reason in report.outputs.left_out.items():
            self._say(f"output {name} is left out: {reason}", "yellow")

    def deleted(self, stack: str) -> None:
        """A stack is gone."""
        if self._for_people:
            self._say(f"stack {stack} deleted", "green")


def _plan_table(plan: Plan) -> Table:
    table = Table.grid(padding=(0, 2))
    for step in plan.changes:
        sign, colour = SIGNS[step.action]
        shown = ", ".join(step.changed)
        table.add_row(Text(sign, colour), visible(step.logical_id), Text(step.type, "dim"), visible(shown))
    return table


def _by_type(resources: Mapping[str, Resource]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, resource in resources.items():
        found.setdefault(resource.type, []).append(name)
    return found


def users_of(resources: Mapping[str, Resource]) -> list[str]:
    """The names of the users among what is deployed."""
    return [str(r.properties["UserName"]) for r in resources.values() if r.type == USER]


STACK_COLUMNS = {
    "name": "Stack",
    "status": "Status",
    "resources": "Resources",
    "lastModified": "Changed (UTC)",
}


def stack_row(stored: StoredStack) -> dict[str, Any]:
    """A stack in a list."""
    try:
        stack = decode(stored.body)
    except msgspec.DecodeError:
        stack = None
    return {
        "name": stored.name,
        "status": str(stack.status) if stack else "of another version",
        "resources": len(stack.resources) if stack else 0,
        "lastModified": datetime.fromtimestamp(stored.modified, UTC).strftime("%Y-%m-%d %H:%M:%S"),
    }
