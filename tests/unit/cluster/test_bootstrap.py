"""A server's way from start to end, with a stand-in for the server."""

import asyncio
import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventray_cluster.bootstrap import Command, run
from eventray_cluster.ending import Ending
from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.local_ray import RayConnection
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.settings import Settings
from eventray_cluster.welcome import Welcome

CREDENTIALS = {"apiId": "a", "apiKey": "k", "apiKeyExpires": "0", "accessKeyId": "i", "secretAccessKey": "s"}


class ScriptedServer:
    """Fails where it is told to, else serves until it is cancelled; `stopped` counts."""

    def __init__(self, start: Exception | None = None, watch: Exception | None = None) -> None:
        self.ray = RayConnection()
        self.served = asyncio.Event()
        self.stopped = 0
        self._start = start
        self._watch = watch

    async def start(self) -> Welcome:
        if self._start:
            raise self._start
        return Welcome("127.0.0.1", 80, ("127.0.0.1:81",), "us-east-1", CREDENTIALS)

    def rows(self) -> dict[str, str]:
        return {"Place": "here"}

    async def watch(self) -> None:
        self.served.set()
        if self._watch:
            raise self._watch
        await asyncio.sleep(60)

    async def stop(self) -> None:
        await asyncio.sleep(0.01)
        self.stopped += 1


class Surroundings:
    """A command, and what it told."""

    def __init__(self, ready_file: Path, ending: Ending) -> None:
        self.said: list[str] = []
        self.complaints: list[str] = []
        settings = Settings(ready_file=ready_file, data_dir=ready_file.parent)
        self.command = Command(
            settings, LogSettings(), ending, self.said.append, self.complaints.append, open_files=1234
        )


@pytest.fixture
def ending() -> Iterator[Ending]:
    """With the deadline's timer and the handlers gone in the end."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    ending = Ending()
    yield ending
    ending.close()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def surroundings(tmp_path: Path, ending: Ending) -> Surroundings:
    return Surroundings(tmp_path / "ready.json", ending)


async def test_a_signal_ends_the_server_in_order(surroundings: Surroundings, tmp_path: Path) -> None:
    server = ScriptedServer()
    running = asyncio.create_task(run(surroundings.command, server, lambda: None))
    await server.served.wait()
    for name in ("ready.json", "administrator.json"):
        assert json.loads((tmp_path / name).read_text())["httpUrl"] == "http://127.0.0.1:80/event"
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    assert server.stopped == 1
    assert not (tmp_path / "ready.json").exists()
    assert not (tmp_path / "administrator.json").exists()
    assert surroundings.complaints == []


async def test_people_are_told_on_one_screen(surroundings: Surroundings) -> None:
    await run(surroundings.command, ScriptedServer(watch=CommandError("Gone.")), lambda: None)
    (screen,) = surroundings.said
    assert screen.startswith("EventRay is ready after ")
    assert "  Place       here\n" in screen
    assert "1234" in screen
    assert len(screen.splitlines()) < 20


@pytest.mark.parametrize(("kind", "code"), [(CommandError, 1), (UsageError, 2)])
async def test_a_failed_start_is_told_and_what_was_started_is_stopped(
    surroundings: Surroundings, kind: type[CommandError], code: int
) -> None:
    server = ScriptedServer(start=kind("It is broken."))
    assert await run(surroundings.command, server, lambda: None) == code
    assert surroundings.complaints == ["It is broken."]
    assert surroundings.said == []
    assert server.stopped == 1


async def test_a_server_that_lost_its_ground_ends(surroundings: Surroundings, tmp_path: Path) -> None:
    server = ScriptedServer(watch=CommandError("Ray is gone."))
    assert await run(surroundings.command, server, lambda: None) == 1
    assert surroundings.complaints == ["Ray is gone."]
    assert server.stopped == 1
    assert not (tmp_path / "ready.json").exists()


async def test_a_fault_of_ours_is_not_hidden(surroundings: Surroundings) -> None:
    server = ScriptedServer(start=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await run(surroundings.command, server, lambda: None)
    assert server.stopped == 1
