"""Commands that manage a server: each gets the options that tell which, and calls it with them."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import typer

from eventray_cluster.client_options import EXIT_CODES, CaFile, DataDir, ReadyFile
from eventray_cluster.management import ControlUrl, Management, Profile, find_management

Command = Callable[..., None]
"""Takes a `Management` first, then its own arguments."""

OPTIONS: dict[str, Any] = {
    "control_url": ControlUrl,
    "profile": Profile,
    "ca_file": CaFile,
    "ready_file": ReadyFile,
    "data_dir": DataDir,
}


def add_command(app: typer.Typer, command: Command, name: str | None = None) -> None:
    """Add a command, named like the function, with the options of `OPTIONS` besides its own."""
    app.command(name or command.__name__.replace("_", "-"), epilog=EXIT_CODES)(_with_options(command))


def _with_options(command: Command) -> Callable[..., None]:
    first, *own = inspect.signature(command).parameters.values()
    hints = get_type_hints(command, include_extras=True)
    assert hints.pop(first.name) is Management, f"{command.__name__} must take a Management first"

    @functools.wraps(command)
    def run(**given: Any) -> None:
        options = {name: given.pop(name) for name in OPTIONS}
        command(find_management(options), **given)

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in OPTIONS.items()
    ]
    # Typer reads what a command takes from these two.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # of a function, it is
    run.__annotations__ = {**hints, **OPTIONS}
    return run
