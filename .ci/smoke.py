"""A server from the installed wheel: publish, receive, stop, and nothing left behind."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
from websockets.asyncio.client import connect


def wait_for(path: Path, server: subprocess.Popen[bytes]) -> dict[str, str]:
    deadline = time.monotonic() + 90
    while not path.exists():
        if server.poll() is not None:
            sys.exit(f"the server ended with {server.returncode}")
        if time.monotonic() > deadline:
            sys.exit("the server is not ready after 90 s")
        time.sleep(0.1)
    return json.loads(path.read_text())


async def publish_and_receive(ready: dict[str, str]) -> None:
    authorization = {"host": "localhost", "x-api-key": ready["apiKey"]}
    header = base64.urlsafe_b64encode(json.dumps(authorization).encode()).decode().rstrip("=")
    async with connect(ready["realtimeUrl"], subprotocols=["aws-appsync-event-ws", f"header-{header}"]) as socket:
        subscribe = {"type": "subscribe", "id": "s1", "channel": "/default/*", "authorization": authorization}
        await socket.send(json.dumps(subscribe))
        while json.loads(await socket.recv())["type"] != "subscribe_success":
            pass
        body = json.dumps({"channel": "/default/smoke", "events": [json.dumps({"hello": "wheel"})]}).encode()
        request = urllib.request.Request(ready["httpUrl"], body, {"x-api-key": ready["apiKey"]})
        answer = await asyncio.to_thread(lambda: json.load(urllib.request.urlopen(request)))
        assert len(answer["successful"]) == 1, answer
        while (frame := json.loads(await socket.recv()))["type"] != "data":
            pass
        assert json.loads(frame["event"]) == {"hello": "wheel"}, frame


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ready_file = Path(folder) / "ready.json"
        command = [str(Path(sys.executable).parent / "eventray"), "serve", "--port", "0", "--no-dashboard"]
        command += ["--data-dir", f"{folder}/data", "--ready-file", str(ready_file)]
        environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
        server = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
        asyncio.run(publish_and_receive(wait_for(ready_file, server)))
        children = psutil.Process(server.pid).children(recursive=True)
        server.send_signal(signal.SIGTERM)
        code = server.wait(15)
        _, alive = psutil.wait_procs(children, 5)
        assert code == 0, f"exit code {code}"
        assert not alive, f"left behind: {alive}"
    print("the wheel publishes and delivers")


main()
