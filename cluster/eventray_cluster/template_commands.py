"""The commands `deploy`, `stacks` and `delete-stack`. They do not import Ray."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventray_cluster.client_options import INTERRUPTED, option
from eventray_cluster.errors import UsageError
from eventray_cluster.management import Management
from eventray_cluster.management_options import add_command
from eventray_cluster.management_output import show_items

if TYPE_CHECKING:
    from eventray_cluster.template_output import Report
    from eventray_cluster.templates.applying import Kept
    from eventray_cluster.templates.deploying import Preparation

TemplatePlace = Annotated[
    Path, typer.Argument(metavar="TEMPLATE", help="CloudFormation, SAM, or the folder that CDK wrote")
]
StackName = Annotated[str, typer.Argument(metavar="NAME", help="the stack")]
StackOption = Annotated[str | None, option("NAME", "of the stack [the template's name, or CDK's]")]
ParameterOption = Annotated[list[str], option("NAME=VALUE", "value of a parameter; may be repeated")]
ValueOption = Annotated[
    list[str],
    option("NAME=VALUE", "real value of what is not deployed, such as Pool=us-east-1_x or Fn.Arn=arn:…"),
]
AllowSkipped = Annotated[
    list[str], option("TYPE", "resource type to leave out although it guards access; may be repeated")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="show what would be done, and do nothing")]
Resume = Annotated[bool, typer.Option("--resume", help="go on after a command that was cut off")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (deploy, stacks, delete_stack):
        add_command(app, command)


def deploy(  # noqa: PLR0913 - one for each option
    management: Management,
    template: TemplatePlace,
    stack: StackOption = None,
    parameter: ParameterOption = [],  # noqa: B006 - Typer only reads it
    value: ValueOption = [],  # noqa: B006
    allow_skipped: AllowSkipped = [],  # noqa: B006
    dry_run: DryRun = False,
    resume: Resume = False,
) -> None:
    """Make the server what a CloudFormation template says; what the stack had before goes or is changed."""
    # What imports boto3 is imported here, since the other commands do not wait for that.
    from eventray_cluster.template_output import TemplateOutput  # noqa: PLC0415
    from eventray_cluster.templates.connecting import connect  # noqa: PLC0415
    from eventray_cluster.templates.deploying import Request, prepare  # noqa: PLC0415

    parameters, values = _pairs("parameter", parameter), _pairs("value", value)
    request = Request(template, stack, parameters, values, frozenset(allow_skipped), resume)
    with _interruptible():
        found = connect(management)
        prepared = prepare(request, found.server, found.stacks, found.facts)
        _tell_of(prepared.kept)
        output = TemplateOutput()
        output.plan(_report(prepared))
        if not dry_run and prepared.has_changes:
            prepared.deploy(output.progress)
        output.done(_report(prepared))


def _pairs(option_name: str, texts: list[str]) -> dict[str, str]:
    parts = [text.partition("=") for text in texts]
    for text, (name, sign, _) in zip(texts, parts, strict=True):
        if not sign or not name:
            raise UsageError(f"--{option_name} is {text!r}, but it must be NAME=VALUE.")
    return {name: value for name, _, value in parts}


def _report(prepared: "Preparation") -> "Report":
    from eventray_cluster.template_output import Report, users_of  # noqa: PLC0415

    return Report(
        prepared.kept.stack.name,
        prepared.status,
        prepared.plan,
        prepared.wanted.skipped,
        users_of(prepared.wanted.resources),
        prepared.outputs(),
    )


def stacks(management: Management) -> None:
    """Show the stacks that have been deployed."""
    from eventray_cluster.template_output import STACK_COLUMNS, stack_row  # noqa: PLC0415
    from eventray_cluster.templates.connecting import connect  # noqa: PLC0415

    found = connect(management).stacks
    rows = [stack_row(stored) for name in found.names() if (stored := found.load(name))]
    show_items(rows, STACK_COLUMNS)


def delete_stack(management: Management, name: StackName, resume: Resume = False) -> None:
    """Delete what a stack has made on the server, and its record."""
    from eventray_cluster.template_output import TemplateOutput  # noqa: PLC0415
    from eventray_cluster.templates.applying import delete_stack as delete  # noqa: PLC0415
    from eventray_cluster.templates.connecting import connect  # noqa: PLC0415
    from eventray_cluster.templates.deploying import open_stack  # noqa: PLC0415

    with _interruptible():
        found = connect(management)
        kept = open_stack(name, found.server, found.stacks, resume)
        if kept is None:
            raise UsageError(f"There is no stack {name!r}.")
        _tell_of(kept)
        output = TemplateOutput()
        delete(found.server, kept, output.progress)
        output.deleted(name)


def _tell_of(kept: "Kept") -> None:
    for resource in kept.lost:
        typer.echo(
            f"eventray: A command was cut off while it made {resource.logical_id} ({resource.type}); if that "
            "was made, it is on the server without being in the stack.",
            err=True,
        )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends the command as shells have it; what was done is in the stack's record."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
