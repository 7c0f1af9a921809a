"""Node, with the published clients of `tests/clients`."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.client import PATIENCE
from tests.support.commands import Outcome, finish

CLIENTS = Path(__file__).parents[1] / "clients"


async def start_node(
    *words: str, ca_file: Path | None, folder: Path = CLIENTS, variables: Mapping[str, str] | None = None
) -> Process:
    """Start a script, which trusts the authority besides those that it comes with."""
    environment = {**os.environ, **(variables or {})}
    environment.pop("NODE_EXTRA_CA_CERTS", None)
    if ca_file is not None:
        environment["NODE_EXTRA_CA_CERTS"] = str(ca_file)
    return await asyncio.create_subprocess_exec(
        "node", *words, cwd=folder, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def run_node(*words: str, ca_file: Path | None, folder: Path = CLIENTS) -> Outcome:
    """Run a script to its end."""
    return await finish(await start_node(*words, ca_file=ca_file, folder=folder))


async def next_fact(process: Process, patience: float = PATIENCE) -> dict[str, Any]:
    """The next line that a script prints, which is JSON."""
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(patience):
        line = await process.stdout.readline()
        assert line, (await process.stderr.read()).decode()
    fact: dict[str, Any] = json.loads(line)
    return fact
