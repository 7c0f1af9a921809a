"""The servers that are measured: EventRay as `eventray serve` starts it, and Nchan as its peer."""

import base64
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.generator import Target
from benchmarks.machine import pin, pinned
from benchmarks.scenarios import EVENT_BYTES

PATIENCE = 120.0
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
NCHAN_PORT = 9100
HOST = "localhost"
SUBSCRIPTION = "sub-%I-0123456789abcdef"
"""The generator puts five digits for `%I`."""
NCHAN_SUBSCRIPTION = SUBSCRIPTION.replace("%I", "00000")


@dataclass(frozen=True, slots=True)
class Server:
    """One that runs: how to load it, and what to measure of it."""

    name: str
    target: dict[int, Target]
    """By the events per publish that it can take."""
    edge: psutil.Process
    """The process that holds the client connections."""
    processes: list[psutil.Process]
    """All of the server."""
    metrics_url: str | None = None

    def metrics(self, *names: str) -> list[float] | None:
        """The gateway's own numbers, a second old; None if the server has none."""
        if self.metrics_url is None:
            return None
        with urllib.request.urlopen(self.metrics_url, timeout=10) as answer:
            text = answer.read().decode()
        return [read_metric(text, name) for name in names]


def read_metric(exposition: str, name: str) -> float:
    """One number of a Prometheus exposition. Raises SystemExit if it is not there."""
    said = re.search(rf"(?m)^{name}(?:{{.*}})? (\S+)$", exposition)
    if said is None:
        sys.exit(f"The gateway's metrics hold no {name}.")
    return float(said[1])


def event_text() -> str:
    """An event of the measured size; `%T` is what the generator makes 18 bytes of."""
    bare = json.dumps({"m": ""}, separators=(",", ":"))
    return json.dumps({"m": "%T" + "x" * (EVENT_BYTES - len(bare) - 18)}, separators=(",", ":"))


@dataclass(slots=True)
class Start:
    """A start of `eventray serve`, in seconds, and the resident bytes of its processes when it was idle."""

    until_ready: float = 0.0
    of_ray: float = 0.0
    until_stopped: float = 0.0
    resident: dict[str, int] = field(default_factory=dict)


@contextmanager
def eventray(folder: Path, core: int, start: Start | None = None) -> Iterator[Server]:
    """`eventray serve` with one gateway and its default shards; once it is ready, pinned to one core."""
    start = start or Start()
    ready, output = folder / "ready.json", folder / "output.txt"
    ready.unlink(missing_ok=True)
    program = str(Path(sys.executable).parent / "eventray")
    command = [program, "serve", "--port", "0", "--gateways", "1"]
    command += ["--data-dir", str(folder / "data"), "--ready-file", str(ready)]
    begun = time.monotonic()
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)
    try:
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > begun + PATIENCE:
                sys.exit(output.read_text())
            time.sleep(0.02)
        start.until_ready = time.monotonic() - begun
        server = _eventray_server(process.pid, json.loads(ready.read_text()), _members(program, folder))
        start.resident = _resident(server.processes)
        pin(server.processes, core)
        yield server
    finally:
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        start.until_stopped = time.monotonic() - begun
        said = re.search(r"ready after [\d.]+ s, ([\d.]+) s", output.read_text())
        start.of_ray = float(said[1]) if said else 0.0


def _members(program: str, folder: Path) -> dict[str, Any]:
    command = [program, "status", "--json", "--data-dir", str(folder / "data")]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    members: dict[str, Any] = json.loads(answer.stdout)["members"]
    return members


def _eventray_server(pid: int, ready: dict[str, Any], members: dict[str, Any]) -> Server:
    port, key = int(ready["httpUrl"].split(":")[2].split("/")[0]), ready["apiKey"]
    main = psutil.Process(pid)
    return Server(
        name="EventRay",
        target={events: eventray_target(port, key, events) for events in range(1, 6)},
        edge=psutil.Process(members["gateway-0"]["pid"]),
        processes=[main, *main.children(recursive=True)],
        metrics_url=f"{ready['controlUrl']}/metrics",
    )


def eventray_target(port: int, key: str, events: int) -> Target:
    """One channel of the default namespace, with an API key everywhere."""
    authorization = {"host": HOST, "x-api-key": key}
    header = base64.urlsafe_b64encode(json.dumps(authorization).encode()).rstrip(b"=").decode()
    channel = "/default/bench"
    subscribe = {
        "type": "subscribe",
        "id": SUBSCRIPTION,
        "channel": channel,
        "authorization": authorization,
    }
    return Target(
        port=port,
        path="/event/realtime",
        protocol=f"aws-appsync-event-ws, header-{header}",
        subscribe=json.dumps(subscribe),
        publish_path="/event",
        header=f"x-api-key: {key}",
        body=json.dumps({"channel": channel, "events": [event_text()] * events}),
    )


def _resident(processes: list[psutil.Process]) -> dict[str, int]:
    """By what a process is; those of a kind together, with their number."""
    kinds: dict[str, list[int]] = {}
    for process in processes:
        try:
            kinds.setdefault(_kind(process), []).append(process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return {name if len(of) == 1 else f"{name} (x{len(of)})": sum(of) for name, of in kinds.items()}


def _kind(process: psutil.Process) -> str:
    words = process.cmdline()
    if words and words[0].startswith("ray"):
        return str(words[0]).strip()
    script = next((word for word in words[1:4] if word.endswith(".py") or "eventray" in word), None)
    return Path(script).name if script else str(process.name())


def has_nchan() -> bool:
    """Whether `install_peers.sh` has done its work."""
    return NCHAN_MODULE.exists() and _nginx() is not None


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def nchan(folder: Path, core: int) -> Iterator[Server]:
    """One nginx worker with Nchan on one core, which keeps no messages."""
    configuration = folder / "nginx.conf"
    configuration.write_text(_nginx_configuration(folder))
    program = _nginx()
    assert program is not None
    process = subprocess.Popen(
        [program, "-e", "stderr", "-p", str(folder), "-c", str(configuration)],
        preexec_fn=lambda: _prepare_nginx(core),
    )
    try:
        yield _nchan_server(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _prepare_nginx(core: int) -> None:
    pinned(core)()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _nchan_server(process: subprocess.Popen[bytes]) -> Server:
    main = psutil.Process(process.pid)
    until = time.monotonic() + PATIENCE
    while len(main.children()) < 1 or not _answers(NCHAN_PORT):
        if process.poll() is not None or time.monotonic() > until:
            sys.exit("nginx does not start.")
        time.sleep(0.02)
    frame = {"id": NCHAN_SUBSCRIPTION, "type": "data", "event": event_text()}
    target = Target(
        port=NCHAN_PORT,
        path="/subscribe/bench",
        publish_path="/publish/bench",
        body=json.dumps(frame, separators=(",", ":")),
    )
    return Server("Nchan", {1: target}, edge=main.children()[0], processes=[main, *main.children()])


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
    except OSError:
        return False
    return True


def _nginx_configuration(folder: Path) -> str:
    temporary = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""load_module {NCHAN_MODULE};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{
    worker_connections 15000;
}}
http {{
    access_log off;
    keepalive_requests 10000000;
    nchan_max_reserved_memory 512M;
{temporary}
    server {{
        listen 127.0.0.1:{NCHAN_PORT};
        location / {{
            return 204;
        }}
        location ~ ^/subscribe/(.+)$ {{
            nchan_subscriber websocket;
            nchan_channel_id $1;
        }}
        location ~ ^/publish/(.+)$ {{
            nchan_publisher;
            nchan_channel_id $1;
            nchan_message_buffer_length 0;
        }}
    }}
}}
"""
