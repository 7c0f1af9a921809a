"""`eventray serve` from start to end, several times over."""

import os
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.client import Client, Publisher
from tests.support.served import EVENTRAY, Served, start, until_ready

pytestmark = pytest.mark.timeout(300)

READY_KEYS = {
    "apiId",
    "apiKey",
    "region",
    "httpUrl",
    "realtimeUrl",
    "httpsUrl",
    "wssUrl",
    "caFile",
    "controlUrl",
    "accessKeyId",
    "secretAccessKey",
    "gateways",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short path, and a temp directory of its own for whatever the server puts there."""
    with tempfile.TemporaryDirectory(prefix="er-") as name:
        (Path(name) / "t").mkdir()
        yield Path(name)


def begin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setenv("TMPDIR", str(folder / "t"))
    return until_ready(folder, start(folder, "--no-dashboard"))


def descendants(served: Served) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(served.process.pid).children(recursive=True)
    return found


def nothing_is_left(folder: Path, processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive
    left = [path for path in folder.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)]
    assert not left
    assert not (folder / "ready.json").exists()


async def test_a_service_is_found_again_after_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered = []
    for number in (signal.SIGINT, signal.SIGTERM):
        served = begin(folder, monkeypatch)
        assert set(served.ready) >= READY_KEYS
        remembered.append({key: served.ready[key] for key in ("apiId", "apiKey", "accessKeyId")})
        for text in (served.ready["httpUrl"], served.ready["realtimeUrl"], served.api_key, "curl "):
            assert text in served.output
        async with Client.connect_to(served) as client, Publisher(served.url(), served.api_key) as publisher:
            subscription = await client.subscribe("/default/*")
            assert (await publisher.publish("/default/a", 1)).status_code == 200
            assert await client.until_events(subscription, 1) == [1]
            processes = descendants(served)
            begun = time.monotonic()
            served.process.send_signal(number)
            assert served.process.wait(30) == 0
            assert time.monotonic() - begun < 10
            await client.until_closed()
        nothing_is_left(folder, processes)
    assert remembered[0] == remembered[1]
    data = folder / "data"
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "eventray.db").stat().st_mode) == 0o600


def test_a_second_server_is_refused_and_a_killed_one_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = begin(folder, monkeypatch)
    port = served.ready["controlUrl"].rsplit(":", 1)[1]
    for options in (
        ["--port", "0", "--data-dir", str(folder / "data")],
        ["--port", port, "--data-dir", "other"],
    ):
        refused = subprocess.run(
            [EVENTRAY, "serve", *options], capture_output=True, text=True, timeout=60, cwd=folder
        )
        assert refused.returncode == 2
        assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
    processes = descendants(served)
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait(30)
    _, alive = psutil.wait_procs(processes, timeout=15)
    assert not alive
