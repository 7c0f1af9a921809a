"""Chromium, headless, with a home folder of its own: it trusts only what it is given."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLIENTS = Path(__file__).parents[1] / "clients"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
VISIT_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Visit:
    """What a browser was left with after its steps."""

    given: list[Any]
    """The values of the `give` steps."""
    console: list[str]
    """What pages wrote to their console, or failed with."""
    error: str | None
    """Why a step failed, the later ones of which were left out; None if all went well."""


class Browser:
    """Makes visits, each by a new browser process."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._path = next((path for name in CHROMIUMS if (path := shutil.which(name))), "chromium")

    async def trust(self, ca_file: Path) -> None:
        """Trust the authority for websites, as `Manage certificates` in the settings does."""
        database = self._home / ".pki" / "nssdb"
        database.mkdir(parents=True)
        for command in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "tested", "-i", str(ca_file)]):
            process = await asyncio.create_subprocess_exec("certutil", "-d", f"sql:{database}", *command)
            assert await process.wait() == 0, command

    async def visit(self, *steps: dict[str, object], dark: bool = False) -> Visit:
        """Take the steps; `tests/clients/browse.mjs` says which there are."""
        wanted = {"browser": self._path, "steps": steps, "dark": dark}
        process = await asyncio.create_subprocess_exec(
            "node",
            str(CLIENTS / "browse.mjs"),
            env={**os.environ, "HOME": str(self._home)},
            stdin=PIPE,
            stdout=PIPE,
        )
        async with asyncio.timeout(VISIT_PATIENCE):
            out, _ = await process.communicate(json.dumps(wanted).encode())
        return Visit(**json.loads(out))
