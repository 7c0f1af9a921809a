import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from eventray_cluster.reaper import clear_up

SERVER = """
import pathlib, sys, time
from eventray_cluster.reaper import Reaper
Reaper(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
print("started", flush=True)
time.sleep(60)
"""

WRITER = "import sys, time; file = open(sys.argv[1] + '/log', 'w'); print('open', flush=True); time.sleep(60)"
SLEEPER = "import time; print('open', flush=True); time.sleep(60)"

Process = subprocess.Popen[bytes]


@pytest.fixture
def started() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def start(started: list[Process], code: str, *arguments: object) -> Process:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    started.append(process)
    assert process.stdout
    process.stdout.readline()
    return process


@pytest.fixture
def ray_folder(tmp_path: Path) -> Path:
    """What Ray leaves behind."""
    folder = tmp_path / "eventray-x"
    logs = folder / "session_1" / "logs"
    logs.mkdir(parents=True)
    (logs / "raylet.out").write_text("a log")
    (folder / "session_latest").symlink_to(folder / "session_1")
    return folder


@pytest.fixture
def log_folder(tmp_path: Path, ray_folder: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "ray").symlink_to(ray_folder / "session_latest" / "logs")
    return folder


def test_what_uses_the_folder_is_killed_and_the_folder_is_removed(
    started: list[Process], ray_folder: Path, log_folder: Path
) -> None:
    by_file = start(started, WRITER, ray_folder)
    by_argument = start(started, SLEEPER, f"--session-dir={ray_folder}")
    bystander = start(started, SLEEPER, f"{ray_folder}-of-another-server")
    spared = start(started, SLEEPER, ray_folder)
    clear_up(ray_folder, log_folder, spared.pid)
    assert [p.wait(5) for p in (by_file, by_argument)] == [-9, -9]
    assert [p.poll() for p in (bystander, spared)] == [None, None]
    assert not ray_folder.exists()


def test_rays_logs_are_kept(ray_folder: Path, log_folder: Path) -> None:
    clear_up(ray_folder, log_folder, 0)
    assert not (log_folder / "ray").is_symlink()
    assert (log_folder / "ray" / "raylet.out").read_text() == "a log"


def test_a_folder_of_a_ray_that_never_came_up_is_removed(tmp_path: Path) -> None:
    (tmp_path / "eventray-x").mkdir()
    clear_up(tmp_path / "eventray-x", tmp_path, 0)
    clear_up(tmp_path / "eventray-x", tmp_path, 0)
    assert not (tmp_path / "eventray-x").exists()


def test_the_servers_sudden_death_clears_up(
    started: list[Process], ray_folder: Path, log_folder: Path
) -> None:
    server = start(started, SERVER, ray_folder, log_folder)
    (reaper,) = psutil.Process(server.pid).children()
    member = start(started, WRITER, ray_folder)
    server.kill()
    assert member.wait(10) == -9
    psutil.wait_procs([reaper], timeout=10)
    assert not reaper.is_running() or reaper.status() == psutil.STATUS_ZOMBIE
    assert not ray_folder.exists()
