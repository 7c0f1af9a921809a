"""Carries the steps out, or prints those that somebody else must."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from eventray_cluster.certificates.folder import ca_file, open_authority
from eventray_cluster.certificates.source import machine_name
from eventray_cluster.data_dir import prepare_data_dir
from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.settings import Settings, load_settings
from eventray_cluster.trust.steps import Authority, Command, Machine, Step, steps

DONE, FAILED, LEFT_TO_DO = 0, 1, 3
STEP_TIMEOUT_S = 120.0

HELP = """Let this machine's programs and browsers trust the server's certificates.

The authority in the data directory is made if there is none yet. It is good for local names only. What needs
rights or programs that are not there is printed, to be done by hand.

Exits with 0 when all was done, 1 when something failed, 2 when called wrongly, 3 when something was printed
that is left to be done.
"""


class AuthorityMissingError(UsageError):
    """There is nothing that could be trusted."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="trust", help=HELP)(trust)


def trust(
    remove: Annotated[bool, typer.Option("--remove", help="trust it no longer")] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="settings file in TOML")] = None,
    data_dir: Annotated[str | None, typer.Option(metavar="DIR", help="of the server")] = None,
) -> None:
    """Carry out what `HELP` says."""
    settings = load_settings({} if data_dir is None else {"data_dir": data_dir}, config)
    machine = Machine(sys.platform, Path.home(), shutil.which)
    authority = authority_of(settings, make=not remove)
    is_root = os.geteuid() == 0
    raise typer.Exit(carry_out(steps(machine, authority, remove), is_root, typer.echo))


def authority_of(settings: Settings, make: bool) -> Authority:
    """The authority of the data directory; raises `CommandError` if there is none and none is to be made."""
    file = ca_file(settings.data_dir)
    if make:
        prepare_data_dir(settings.data_dir)
        moment = datetime.fromtimestamp(time.time(), UTC)
        open_authority(settings.data_dir, settings.domain_suffix, machine_name(), moment)
    try:
        return Authority.read(file)
    except FileNotFoundError:
        raise AuthorityMissingError(f"There is no certificate authority in {file.parent}.") from None
    except (OSError, ValueError) as error:
        raise CommandError(f"The certificate {file} cannot be read: {error}.") from None


def carry_out(wanted: Sequence[Step], is_root: bool, say: Callable[[str], None]) -> int:
    """Do what can be done and print what is left; returns what to exit with."""
    outcomes = [_one(step, is_root, say) for step in wanted]
    return next((code for code in (FAILED, LEFT_TO_DO) if code in outcomes), DONE)


def _one(step: Step, is_root: bool, say: Callable[[str], None]) -> int:
    if step.missing:
        say(f"{step.place}: the program {step.missing} is not installed. With it, run")
        return _print(step, is_root, say)
    if step.needs_root and not is_root:
        say(f"{step.place}: only the administrator may change it. Run")
        return _print(step, is_root, say)
    if step.only_if and _run(step.only_if) is not None:
        say(f"{step.place}: nothing to do")
        return DONE
    for command in step.commands:
        complaint = _run(command)
        if complaint is not None:
            say(f"{step.place}: {shlex.join(command)} failed: {complaint}")
            return FAILED
    say(f"{step.place}: done")
    return DONE


def _print(step: Step, is_root: bool, say: Callable[[str], None]) -> int:
    for command in step.commands:
        prefix = "sudo " if step.needs_root and not is_root else ""
        say(f"  {prefix}{shlex.join(command)}")
    return LEFT_TO_DO


def _run(command: Command) -> str | None:
    """Why it failed; None if it did not."""
    try:
        done = subprocess.run(  # noqa: S603 - the commands are ours, and no shell reads them
            command,
            capture_output=True,
            text=True,
            timeout=STEP_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
