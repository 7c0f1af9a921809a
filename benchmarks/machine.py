"""The machine: which core is whose, how busy others keep it, and what to say of it beside every figure."""

import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
PACKAGES = ("ray", "uvloop", "uvicorn", "websockets", "httptools", "msgspec")
QUIET = 0.15
"""Cores' worth of others' work that does not count."""


def cores() -> tuple[int, int]:
    """The server's and the generator's. Raises SystemExit on a machine that has but one."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        sys.exit("The benchmarks need two cores: one for the server, one for the generator.")
    return available[0], available[1]


def pin(processes: Iterable[psutil.Process], core: int) -> None:
    """Let all threads of the processes run on this core only."""
    for process in processes:
        try:
            for thread in process.threads():
                os.sched_setaffinity(thread.id, {core})
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue


def pinned(core: int) -> Callable[[], None]:
    """For a `preexec_fn`."""
    return lambda: os.sched_setaffinity(0, {core})


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Used by these processes so far."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def busy_seconds() -> float:
    """Of all cores so far, for whomever."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def wait_until_quiet(patience_s: float) -> None:
    """Return when others use little of the machine, or after so long."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        before, began = busy_seconds(), time.monotonic()
        time.sleep(0.5)
        if (busy_seconds() - before) / (time.monotonic() - began) < QUIET:
            return


def facts() -> dict[str, object]:
    """The machine, the versions and the commit."""
    server, generator = cores()
    return {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": _output("git", "rev-parse", "HEAD") or "unknown",
        "uncommitted": bool(_output("git", "status", "--porcelain", "--", *_CODE)),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "server_core": server,
            "generator_core": generator,
            "niceness": os.nice(0),
        },
        "versions": {
            "eventray": version("eventray"),
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
            "cc": _output(os.environ.get("CC", "cc"), "--version").partition("\n")[0],
            "nginx": _debian_version("nginx"),
            "nchan": _debian_version("libnginx-mod-nchan"),
        },
    }


_CODE = ("core", "actors", "gateway", "cluster", "benchmarks", ":!benchmarks/results")


def _output(*command: str) -> str:
    try:
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""


def _debian_version(package: str) -> str:
    return _output("dpkg-query", "-W", "-f=${Version}", package) or "not installed"


def _processor() -> str:
    try:
        names = re.findall(r"(?m)^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
