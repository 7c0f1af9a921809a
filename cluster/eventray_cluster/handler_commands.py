"""The command `eventray handlers test`: a local loop for who writes handlers. It needs no server."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from eventray_cluster.errors import UsageError
from eventray_cluster.handler_trial import Shown, Trial, Trials
from eventray_core.channel import ChannelPattern
from eventray_core.errors import InvalidChannelError
from eventray_core.json_text import is_json

LOOK_AGAIN_S = 0.3
OPERATIONS = ("PUBLISH", "SUBSCRIBE")

File = Annotated[Path, typer.Argument(metavar="FILE", help="handlers in JavaScript, as they would be saved")]
Operation = Annotated[str, typer.Option("--operation", metavar="OPERATION", help="publish or subscribe")]
Events = Annotated[
    list[str], typer.Option("--event", metavar="JSON", help="an event; may be given up to 5 times")
]
OnChannel = Annotated[str, typer.Option("--channel", metavar="CHANNEL", help="where to publish or subscribe")]
Identity = Annotated[str, typer.Option("--identity", metavar="JSON", help="ctx.identity")]
Header = Annotated[
    list[str], typer.Option("--header", metavar="NAME:VALUE", help="one of ctx.request.headers")
]
Result = Annotated[
    str | None,
    typer.Option(
        "--result", metavar="JSON", help="what the data source of a handler with request and response gives"
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="refuse all that AWS AppSync refuses")]
Watch = Annotated[bool, typer.Option("--watch", help="try again whenever the file changes")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="Event handlers in JavaScript.", no_args_is_help=True, rich_markup_mode=None)
    group.callback()(_handlers)
    group.command("test")(try_handlers)
    app.add_typer(group, name="handlers")


def _handlers() -> None:
    """Event handlers in JavaScript."""


def try_handlers(  # noqa: PLR0913 - one for each option
    file: File,
    operation: Operation = "publish",
    event: Events = [],  # noqa: B006 - typer copies it
    channel: OnChannel = "/default/channel",
    identity: Identity = "null",
    header: Header = [],  # noqa: B006 - typer copies it
    result: Result = None,
    strict: Strict = False,
    watch: Watch = False,
) -> None:
    """Run a file's handlers once on this machine, and show what would become of the request.

    Exits with 1 when the file is not accepted, or the request is refused.
    """
    trial = Trial(
        _operation(operation),
        _channel(channel),
        [_json("--event", text) for text in event or ["{}"]],
        json.loads(_json("--identity", identity)),
        dict(_header(text) for text in header),
        None if result is None else _json("--result", result),
        strict,
    )
    is_good = asyncio.run(_watch(file, trial) if watch else _once(file, trial))
    raise typer.Exit(0 if is_good else 1)


async def _once(file: Path, trial: Trial) -> bool:
    trials = Trials()
    try:
        return _show(await trials.run(_read(file), trial))
    finally:
        await trials.stop()


async def _watch(file: Path, trial: Trial) -> bool:
    """Until Ctrl-C."""
    trials, before = Trials(), ""
    try:
        while True:
            code = _read(file)
            if code != before:
                before = code
                typer.echo(f"--- {file}")
                _show(await trials.run(code, trial))
            await asyncio.sleep(LOOK_AGAIN_S)
    except asyncio.CancelledError:
        return True
    finally:
        await trials.stop()


def _show(shown: Shown) -> bool:
    for line in shown.lines:
        typer.echo(line)
    return shown.is_good


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None


def _operation(text: str) -> str:
    if text.upper() not in OPERATIONS:
        raise UsageError("--operation is publish or subscribe.")
    return text.upper()


def _channel(text: str) -> str:
    try:
        ChannelPattern.parse(text)
    except InvalidChannelError:
        raise UsageError(f"--channel {text} is no channel.") from None
    return text


def _json(option: str, text: str) -> str:
    try:
        if is_json(text):
            return text
    except ValueError:
        pass
    raise UsageError(f"{option} {text} is not valid JSON.")


def _header(text: str) -> tuple[str, Any]:
    name, colon, value = text.partition(":")
    if not colon:
        raise UsageError(f"--header {text} has no colon.")
    return name.strip().lower(), value.strip()
