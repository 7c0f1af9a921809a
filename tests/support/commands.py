"""The command `eventray` as a script calls it."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.client import PATIENCE
from tests.support.served import EVENTRAY


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def lines(self) -> list[Any]:
        """The JSON lines that it printed."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands in a folder; of EventRay's environment variables only `variables` are set."""

    folder: Path
    variables: Mapping[str, str]

    def environment(self) -> dict[str, str]:
        """That of the commands."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith("EVENTRAY_")}
        return {**mine, "XDG_DATA_HOME": str(self.folder / "xdg"), **self.variables}

    async def start(self, *command: str) -> Process:
        """Start a program, or `eventray` if it begins with one of its commands."""
        words = command if "/" in command[0] else (str(EVENTRAY), *command)
        return await asyncio.create_subprocess_exec(
            *words, cwd=self.folder, env=self.environment(), stdin=PIPE, stdout=PIPE, stderr=PIPE
        )

    async def run(self, *command: str, given: str = "") -> Outcome:
        """Run it to its end."""
        return await finish(await self.start(*command), given)


async def finish(process: Process, given: str = "") -> Outcome:
    """Give a command its input and wait for its end."""
    async with asyncio.timeout(2 * PATIENCE):
        out, err = await process.communicate(given.encode() or None)
    return Outcome(process.returncode or 0, out.decode(), err.decode())


async def until_said(process: Process, text: str) -> None:
    """Wait for a line on standard error."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while text not in (line := (await process.stderr.readline()).decode()):
            assert line, f"it ended without saying {text!r}"
