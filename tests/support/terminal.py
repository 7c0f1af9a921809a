"""Terminals as people have them, by tmux: keys go in, and what can be seen comes out."""

import asyncio
import re
import shlex
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.client import PATIENCE

COLUMNS, ROWS = 120, 30
PROMPT = re.escape("shell>")
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Terminal:
    """One window; a shell runs in it."""

    socket: Path
    name: str

    async def type(self, line: str) -> None:
        """Type a line, and press enter."""
        await _tmux(self.socket, "send-keys", "-t", f"={self.name}:", "-l", line)
        await _tmux(self.socket, "send-keys", "-t", f"={self.name}:", "Enter")

    async def interrupt(self) -> None:
        """Press Ctrl-C."""
        await _tmux(self.socket, "send-keys", "-t", f"={self.name}:", "C-c")

    async def clear(self) -> None:
        """Empty the screen; wait until a shell that has nothing to do shows its prompt on top."""
        await self.type("clear")
        await self.until(rf"\A{PROMPT}$")

    async def screen(self, colours: bool = False) -> str:
        """What can be seen; a line that was too long for the screen is one line."""
        options = ["-e"] if colours else []
        text = await _tmux(self.socket, "capture-pane", "-p", "-J", "-t", f"={self.name}:", *options)
        return "\n".join(line.rstrip() for line in text.splitlines())

    async def until(self, pattern: str) -> str:
        """Wait until the screen shows what the regular expression means; gives the screen."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    screen = await self.screen()
                    if re.search(pattern, screen, re.MULTILINE):
                        return screen
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"{pattern!r} is not to be seen on\n{screen}") from None


@asynccontextmanager
async def terminals(
    folder: Path, environment: Mapping[str, str], *names: str
) -> AsyncIterator[list[Terminal]]:
    """Windows in which a shell runs with this environment and no other; closed in the end."""
    socket = folder / "tmux"
    prompt = {"PS1": "shell> ", "TERM": "screen-256color", "LANG": "C.UTF-8"}
    words = [f"{name}={value}" for name, value in {**environment, **prompt}.items()]
    shell = shlex.join(["env", "-i", *words, "sh"])
    size = ("-x", str(COLUMNS), "-y", str(ROWS))
    try:
        for name in names:
            await _tmux(socket, "-f", "/dev/null", "new-session", "-d", "-s", name, *size, shell)
        yield [Terminal(socket, name) for name in names]
    finally:
        await _tmux(socket, "kill-server")


async def _tmux(socket: Path, *words: str) -> str:
    """In a thread, by pipes: the server that it starts would hold the sockets by which uvloop reads."""
    command = ["tmux", "-u", "-S", str(socket), *words]
    done = await asyncio.to_thread(
        subprocess.run, command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
