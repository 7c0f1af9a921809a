"""Runs a server from its start to its end: `eventray serve` after its arguments are read.

This module imports Ray, which reads its environment then: `ray_environment.py` comes first.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from eventray_cluster.data_dir import ADMINISTRATOR_FILE
from eventray_cluster.development import development_rows
from eventray_cluster.ending import Ending
from eventray_cluster.errors import CommandError
from eventray_cluster.local_ray import RayConnection
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.preflight import Claims
from eventray_cluster.servers import JoinedServer, PrivateServer, Server
from eventray_cluster.service import status_of
from eventray_cluster.settings import Settings
from eventray_cluster.spawn import RayMembers
from eventray_cluster.welcome import Welcome, screen, write_private_json

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """What `eventray serve` was given."""

    settings: Settings
    log: LogSettings
    ending: Ending
    say: Callable[[str], None]
    """Tells people something, in as many lines as it has."""
    complain: Callable[[str], None]
    """Tells them what is wrong."""
    open_files: int


def serve_privately(command: Command, claims: Claims) -> int:
    """Serve with a Ray of our own until a signal comes; returns what to exit with."""
    server = PrivateServer(command.settings, claims, command.log)
    return asyncio.run(run(command, server, claims.give_up))


def serve_in_cluster(command: Command) -> int:
    """Serve in the Ray cluster that the settings name until a signal comes; returns what to exit with."""
    return asyncio.run(run(command, JoinedServer(command.settings, command.log), lambda: None))


def members_at(address: str) -> dict[str, dict[str, Any]]:
    """What the members in the Ray at the address say of themselves, by their names."""
    return asyncio.run(_members_at(address))


async def _members_at(address: str) -> dict[str, dict[str, Any]]:
    connection = RayConnection()
    try:
        await connection.join(address)
        return await status_of(RayMembers())
    finally:
        if connection.is_up:
            await connection.stop()


async def run(command: Command, server: Server, kill: Callable[[], None]) -> int:
    """Start the server, tell of it, keep it until a signal or its death, stop it; returns the exit code."""
    command.ending.attach(kill)
    try:
        _announce(command, server, await server.start())
        await server.watch()
    except asyncio.CancelledError:
        if not command.ending.signalled:
            raise
        code = 0
    except CommandError as error:
        command.complain(str(error))
        code = error.code
    finally:
        command.ending.detach()
        await _stop(command, server)
    return code


def _announce(command: Command, server: Server, welcome: Welcome) -> None:
    seconds = time.time() - psutil.Process().create_time()
    title = f"EventRay is ready after {seconds:.1f} s, {server.ray.seconds:.1f} s of them for Ray."
    rows = {**welcome.rows(time.time()), **server.rows(), "Open files": f"at most {command.open_files}"}
    rows |= development_rows(command.settings)
    for path in _told(command.settings):
        write_private_json(path, welcome.ready_file())
    command.say(screen(title, rows, {"For Amplify": welcome.amplify()}))
    logger.info("ready after %.1f s", seconds)


def _told(settings: Settings) -> list[Path]:
    """The files that say where the server is and with what it is managed, as long as it runs.

    In a cluster the data are elsewhere.
    """
    own = settings.data_dir / ADMINISTRATOR_FILE if settings.address is None else None
    return [path for path in (settings.ready_file, own) if path is not None]


async def _stop(command: Command, server: Server) -> None:
    """Signals do not cancel this any more."""
    task = asyncio.current_task()
    while task is not None and task.uncancel() > 0:
        pass
    logger.info("stopping")
    for path in _told(command.settings):
        path.unlink(missing_ok=True)
    await server.stop()
