"""`eventray serve` as its users start it: its own process, its own private Ray."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

EVENTRAY = Path(sys.executable).parent / "eventray"
START_PATIENCE = 120.0


class Served:
    """A running server. `ready` is the content of its ready file."""

    def __init__(self, folder: Path, process: "subprocess.Popen[bytes]", ready: dict[str, Any]) -> None:
        self.folder = folder
        self.process = process
        self.ready = ready
        self.api_key: str = ready["apiKey"]
        self.addresses = [url.removeprefix("http://") for url in ready["gateways"]]

    @property
    def ca_file(self) -> Path:
        """The authority to trust."""
        return Path(self.ready["caFile"])

    @property
    def port(self) -> int:
        """The plain port that the gateways share."""
        return int(self.ready["controlUrl"].rpartition(":")[2])

    @property
    def tls_port(self) -> int:
        """The one for TLS."""
        return int(urlsplit(self.ready["httpsUrl"]).port or 0)

    def url(self, gateway: int = 0) -> str:
        """Where to publish over HTTP."""
        return f"http://{self.addresses[gateway]}/event"

    def realtime_url(self, gateway: int = 0) -> str:
        """Where to connect."""
        return f"ws://{self.addresses[gateway]}/event/realtime"

    async def status(self) -> dict[str, Any]:
        """What `eventray status --json` says."""
        command = [str(EVENTRAY), "status", "--json", "--data-dir", str(self.folder / "data")]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, err = await process.communicate()
        if process.returncode:
            return {"ready": False, "members": {}, "error": err.decode()}
        status: dict[str, Any] = json.loads(out)
        return status

    async def until_complete(self, gateways: int, shards: int, patience: float = 60) -> dict[str, Any]:
        """Wait until all members are ready and know one another; takes over the gateways' addresses."""
        async with asyncio.timeout(patience):
            while True:
                status = await self.status()
                if _is_complete(status, gateways, shards):
                    break
        names = [f"gateway-{n}" for n in range(gateways)]
        self.addresses = [status["members"][name]["address"] for name in names]
        return status

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return (self.folder / "output.txt").read_text()

    async def pid(self, member: str) -> int:
        """The process of a member."""
        status = await self.status()
        pid: int = status["members"][member]["pid"]
        return pid


def _is_complete(status: dict[str, Any], gateways: int, shards: int) -> bool:
    members = status["members"]
    directory = members.get("namespace-directory", {})
    return (
        status["ready"]
        and directory.get("openSlots") == 1024
        and len(directory["gateways"]) == gateways
        and len(directory["shards"]) == shards
        and all(member.get("ready") for name, member in members.items() if name != "supervisor")
    )


def start(folder: Path, *options: str) -> "subprocess.Popen[bytes]":
    """Start a server on a free port, with its data and its ready file in a folder."""
    command = [str(EVENTRAY), "serve", "--port", "0", "--data-dir", str(folder / "data")]
    command += ["--ready-file", str(folder / "ready.json"), *options]
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    with (folder / "output.txt").open("ab") as output:
        return subprocess.Popen(
            command, stdout=output, stderr=output, env=environment, cwd=folder, start_new_session=True
        )


def until_ready(folder: Path, process: "subprocess.Popen[bytes]") -> Served:
    """Wait for the ready file."""
    deadline = time.monotonic() + START_PATIENCE
    ready = folder / "ready.json"
    while not ready.exists():
        output = (folder / "output.txt").read_text()
        assert process.poll() is None, output
        assert time.monotonic() < deadline, output
        time.sleep(0.05)
    return Served(folder, process, json.loads(ready.read_text()))


@contextmanager
def serving(*options: str) -> Iterator[Served]:
    """A server that is ready, and stopped in the end."""
    with tempfile.TemporaryDirectory(prefix="er-") as name, serving_in(Path(name), *options) as served:
        yield served


@contextmanager
def serving_in(folder: Path, *options: str) -> Iterator[Served]:
    """A server with its data in a folder; whatever became of it, it is stopped in the end."""
    process = start(folder, *options)
    try:
        yield until_ready(folder, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
