"""A server from the installed wheel: publish, receive, stop, and nothing left behind.

Run by an environment that has the wheel, from a folder that is not the repository.
"""

import asyncio
import base64
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

READY_S = 90
STOPPED_S = 10
ANSWER_S = 15
READY_KEYS = {"apiId", "apiKey", "region", "httpUrl", "realtimeUrl", "controlUrl", "gateways"}
READY_KEYS |= {"accessKeyId", "secretAccessKey"}
LAYERS = ("eventray_core", "eventray_actors", "eventray_gateway", "eventray_cluster")
MARK = "EVENTRAY_SMOKE_RUN"  # in the environment of the server, and so of all that it starts


def check_installation() -> None:
    for layer in LAYERS:
        folder = Path(str(importlib.import_module(layer).__file__)).parent
        assert folder.is_relative_to(sys.prefix), f"{layer} comes from {folder}, not from the wheel"
        assert (folder / "py.typed").is_file(), f"{layer} has no py.typed"


def wait_for(path: Path, server: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + READY_S
    while not path.exists():
        if server.poll() is not None:
            sys.exit(f"the server ended with {server.returncode}")
        if time.monotonic() > deadline:
            sys.exit(f"the server is not ready after {READY_S} s")
        time.sleep(0.1)
    ready: dict[str, Any] = json.loads(path.read_text("utf-8"))
    assert ready.keys() >= READY_KEYS, f"the ready file lacks {READY_KEYS - ready.keys()}"
    return ready


def see_the_page(ready: dict[str, Any]) -> None:
    """It is made of files that are no modules, which a wheel may lack."""
    with urllib.request.urlopen(f"{ready['controlUrl']}/", timeout=ANSWER_S) as response:
        assert b"<title>EventRay</title>" in response.read()


async def frame_of_type(wanted: str, socket: ClientConnection) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(await socket.recv())
        if frame["type"] == wanted:
            return frame
        assert not frame["type"].endswith("error"), frame


async def publish_and_receive(ready: dict[str, Any]) -> None:
    authorization = {"host": urlsplit(ready["httpUrl"]).netloc, "x-api-key": ready["apiKey"]}
    header = base64.urlsafe_b64encode(json.dumps(authorization).encode()).decode().rstrip("=")
    protocols = [Subprotocol("aws-appsync-event-ws"), Subprotocol(f"header-{header}")]
    async with asyncio.timeout(ANSWER_S), connect(ready["realtimeUrl"], subprotocols=protocols) as socket:
        subscribe = {"type": "subscribe", "id": "s1", "channel": "/default/*", "authorization": authorization}
        await socket.send(json.dumps(subscribe))
        await frame_of_type("subscribe_success", socket)
        answer = await asyncio.to_thread(publish, ready)
        assert len(answer["successful"]) == 1, answer
        assert answer["failed"] == [], answer
        frame = await frame_of_type("data", socket)
        assert frame["id"] == "s1", frame
        assert json.loads(frame["event"]) == {"hello": "wheel"}, frame


def publish(ready: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({"channel": "/default/smoke", "events": [json.dumps({"hello": "wheel"})]}).encode()
    headers = {"x-api-key": ready["apiKey"], "content-type": "application/json"}
    request = urllib.request.Request(ready["httpUrl"], body, headers)
    with urllib.request.urlopen(request, timeout=ANSWER_S) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def started_here(mark: str) -> list[psutil.Process]:
    """All processes with the mark, also those whose parent is gone."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def stop(server: subprocess.Popen[bytes], mark: str) -> None:
    assert len(started_here(mark)) > 1, "the members of the service are not to be seen"
    begin = time.monotonic()
    server.send_signal(signal.SIGTERM)
    try:
        code = server.wait(STOPPED_S)
    except subprocess.TimeoutExpired:
        sys.exit(f"the server runs {STOPPED_S} s after SIGTERM")
    left = started_here(mark)
    assert code == 0, f"exit code {code}"
    assert not left, f"left behind: {[(process.pid, process.cmdline()) for process in left]}"
    print(f"stopped in {time.monotonic() - begin:.1f} s")


def main() -> None:
    check_installation()
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory() as folder:
        ready_file = Path(folder) / "ready.json"
        command = [str(Path(sys.executable).parent / "eventray"), "serve", "--port", "0", "--no-dashboard"]
        command += ["--data-dir", f"{folder}/data", "--ready-file", str(ready_file)]
        environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", MARK: mark}
        server = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
        try:
            begin = time.monotonic()
            ready = wait_for(ready_file, server)
            print(f"ready in {time.monotonic() - begin:.1f} s")
            see_the_page(ready)
            asyncio.run(publish_and_receive(ready))
            stop(server, mark)
        finally:
            for process in started_here(mark):
                process.kill()
            server.wait(STOPPED_S)
    print("the wheel publishes and delivers")


main()
