"""The load generator (`benchmarks/generator/*.c`), run with its options and read as data."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from benchmarks.machine import pinned

BINARY = Path(__file__).parent / "build" / "generator"
"""What the Makefile compiles."""
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """How a server is subscribed to and published to."""

    port: int
    path: str
    publish_path: str
    body: str
    """Of one publish; the generator puts a time stamp where it says `%T`."""
    protocol: str | None = None
    subscribe: str | None = None
    """What a subscriber sends once it is connected, with its number for `%I`; None: connecting is enough."""
    header: str | None = None

    def options(self) -> list[str]:
        """For the generator's command line."""
        given = {
            "port": str(self.port),
            "path": self.path,
            "publish-path": self.publish_path,
            "body": self.body,
            "protocol": self.protocol,
            "subscribe": self.subscribe,
            "header": self.header,
        }
        return [f"--{name}={value}" for name, value in given.items() if value is not None]


class Generator:
    """A generator that runs, waits after each phase that it prints, and goes on when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        assert process.stdin is not None
        self._output: IO[str] = process.stdout
        self._input: IO[str] = process.stdin

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def read(self) -> dict[str, Any]:
        """The next line. Raises SystemExit if the generator has failed; it has said why."""
        line = self._output.readline()
        if not line:
            sys.exit(f"The load generator ended with code {self._process.wait(PATIENCE)}.")
        phase: dict[str, Any] = json.loads(line)
        return phase

    def go_on(self) -> None:
        """End the hold."""
        self._input.write("\n")
        self._input.flush()


@contextmanager
def running(core: int, options: list[str]) -> Iterator[Generator]:
    """A generator on this core; it is gone afterwards."""
    if not BINARY.exists():
        sys.exit(f"There is no {BINARY.relative_to(Path.cwd())}: run `make bench`, which compiles it.")
    process = subprocess.Popen(
        [str(BINARY), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pinned(core),
        env={**os.environ, "LC_ALL": "C"},
    )
    try:
        yield Generator(process)
    finally:
        process.kill()
        process.communicate()


def process_of(generator: Generator) -> psutil.Process:
    """For its processor time."""
    return psutil.Process(generator.pid)
