"""What the commands that talk to a server have in common: their options, and how they fail."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from eventray_client.errors import (
    CredentialsRefusedError,
    EventsError,
    InvalidChannelError,
    ServerNotFoundError,
    UnavailableError,
)
from eventray_client.finding import Wanted, find_server
from eventray_client.server import Server
from eventray_cluster.data_dir import RUNNING_FILE
from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.settings import Settings, load_settings

INTERRUPTED = 130
"""What a command exits with after Ctrl-C, as shells have it."""

EXIT_CODES = (
    "Exits with 0 when all went well, 1 when the server refused or something failed, 2 when the command was "
    "called wrongly, 3 when the server cannot be found or reached."
)


def option(meta: str, text: str) -> Any:
    """An option in the way of the other commands."""
    return typer.Option(metavar=meta, help=text, show_default=False)


HttpUrl = Annotated[str | None, option("URL", "the server's HTTP endpoint [EVENTRAY_HTTP_URL]")]
RealtimeUrl = Annotated[str | None, option("URL", "its realtime endpoint [EVENTRAY_REALTIME_URL]")]
ApiKeyOption = Annotated[str | None, option("KEY", "API key [EVENTRAY_API_KEY]")]
CaFile = Annotated[Path | None, option("FILE", "certificates to trust, in PEM [EVENTRAY_CA_FILE]")]
ReadyFile = Annotated[Path | None, option("FILE", "what 'serve --ready-file' wrote [EVENTRAY_READY_FILE]")]
DataDir = Annotated[str | None, option("DIR", "of the server [~/.local/share/eventray]")]


class UnreachableError(CommandError):
    """There is no server, or it cannot be reached."""

    code = 3


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The settings that also `serve` reads: where the data directory and the ready file are."""
    data_dir = options.get("data_dir")
    return load_settings({} if data_dir is None else {"data_dir": data_dir})


async def locate(options: Mapping[str, Any], prefer_tls: bool = False) -> Server:
    """The server that a command's options mean: found as by the client, else by the data directory."""
    settings = settings_of(options)
    running = settings.data_dir / RUNNING_FILE
    given = Wanted(*(options.get(name) for name in ("http_url", "realtime_url", "api_key", "ca_file")))
    named = options.get("ready_file") or (running if options.get("data_dir") else None)
    fallbacks = [path for path in (settings.ready_file, running) if path is not None]
    return await find_server(given, None, named, fallbacks, prefer_tls)


def run(command: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """Run a command and exit with what it returns; raises `CommandError` with one sentence."""
    try:
        code = asyncio.run(command())
    except EventsError as error:
        raise command_error(error) from None
    except KeyboardInterrupt:
        code = INTERRUPTED
        if sys.stderr.isatty():
            typer.echo(err=True)  # what the shell says next is not to stand behind the terminal's ^C
    raise typer.Exit(code)


def command_error(error: EventsError) -> CommandError:
    """How a command ends after an error of the client."""
    match error:
        case InvalidChannelError():
            return UsageError(str(error))
        case ServerNotFoundError() | UnavailableError():
            return UnreachableError(str(error))
        case CredentialsRefusedError():
            return CommandError("The server does not accept the API key (--api-key or EVENTRAY_API_KEY).")
    return CommandError(str(error))
