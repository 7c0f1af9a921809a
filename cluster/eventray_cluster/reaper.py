"""Clears up after a private Ray, however its server ended.

`eventray serve` starts this as a process of its own and holds the other end of its standard input. When
that closes, because the server is done or was killed, whatever still uses Ray's folder is killed, Ray's
logs are kept beside ours, and the folder is removed. Signals to the server's group do not reach it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

CLEAR_TIMEOUT_S = 5.0
LOOK_AGAIN_S = 0.05
RAY_LOGS = "ray"
"""Ray's own logs in our log folder: a link while it runs, a folder afterwards."""


class Reaper:
    """The process that clears up; started before Ray is."""

    def __init__(self, ray_folder: Path, log_folder: Path) -> None:
        command = [sys.executable, "-m", __spec__.name, str(ray_folder), str(log_folder), str(os.getpid())]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def finish(self, timeout_s: float) -> None:
        """Have everything cleared up now; blocks until that is done."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)


def clear_up(ray_folder: Path, log_folder: Path, spared: int) -> None:
    """Kill what uses the folder, except the process `spared`; keep Ray's logs; remove the folder."""
    deadline = time.monotonic() + CLEAR_TIMEOUT_S
    while (users := _users(ray_folder, spared)) and time.monotonic() < deadline:
        for process in users:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(LOOK_AGAIN_S)
    with contextlib.suppress(OSError):
        _keep_logs(ray_folder, log_folder / RAY_LOGS)
    shutil.rmtree(ray_folder, ignore_errors=True)


def _users(folder: Path, spared: int) -> list[psutil.Process]:
    """All processes of Ray's log there, or were started with the folder as an argument."""
    spare = {spared, os.getpid()}
    return [p for p in psutil.process_iter() if p.pid not in spare and _uses(p, str(folder) + os.sep)]


def _uses(process: psutil.Process, prefix: str) -> bool:
    try:
        if process.uids().effective != os.geteuid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return any(prefix in argument + os.sep for argument in process.cmdline()) or any(
            file.path.startswith(prefix) for file in process.open_files()
        )
    except psutil.Error:
        return False


def _keep_logs(ray_folder: Path, kept: Path) -> None:
    kept.unlink(missing_ok=True)
    logs = (ray_folder / "session_latest").resolve(strict=True) / "logs"
    shutil.move(logs, kept)


def main() -> None:
    """Wait for the server's end, then clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    clear_up(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    main()
