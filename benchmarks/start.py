"""How long `eventray serve` takes until it accepts traffic, and what its processes need.

One cold start makes the data directory; the five warm starts after it are what counts.
"""

import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

WARM_STARTS = 5
PATIENCE = 120.0


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory(prefix="er-") as folder:
        _start(Path(folder))
        runs = [_start(Path(folder)) for _ in range(WARM_STARTS)]
    console = Console()
    table = Table("warm start", "until ready, s", "of it for Ray, s", "until stopped, s")
    for number, run in enumerate(runs, 1):
        table.add_row(str(number), *(f"{seconds:.1f}" for seconds in run[:3]))
    medians = [statistics.median(run[column] for run in runs) for column in range(3)]  # type: ignore[type-var]
    table.add_row("median", *(f"{seconds:.1f}" for seconds in medians), style="bold")
    console.print(table)
    memory = Table("process of the idle service", "resident, MB")
    for name, size in sorted(runs[-1][3].items(), key=lambda item: -item[1]):
        memory.add_row(name, f"{size / 1e6:.0f}")
    console.print(memory)


def _start(folder: Path) -> tuple[float, float, float, dict[str, int]]:
    """Seconds until ready, of Ray's, until stopped; resident bytes by process."""
    ready, output = folder / "ready.json", folder / "output.txt"
    command = [str(Path(sys.executable).parent / "eventray"), "serve", "--port", "0"]
    command += ["--data-dir", str(folder / "data"), "--ready-file", str(ready)]
    begun = time.monotonic()
    with output.open("wb") as file:
        server = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)
    while not ready.exists():
        if server.poll() is not None or time.monotonic() > begun + PATIENCE:
            sys.exit(output.read_text())
        time.sleep(0.02)
    until_ready = time.monotonic() - begun
    memory = _memory(server.pid)
    begun = time.monotonic()
    server.send_signal(signal.SIGTERM)
    server.wait(PATIENCE)
    said = re.search(r"ready after [\d.]+ s, ([\d.]+) s", output.read_text())
    return until_ready, float(said[1]) if said else 0.0, time.monotonic() - begun, memory


def _memory(pid: int) -> dict[str, int]:
    server = psutil.Process(pid)
    sizes = {"eventray serve": server.memory_info().rss}
    for process in server.children(recursive=True):
        name = " ".join(process.cmdline()[:3])[-48:] or process.name()
        sizes[f"{process.pid} {name}"] = process.memory_info().rss
    return sizes
