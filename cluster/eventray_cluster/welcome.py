"""What people and programs are told when the server is ready: the screen and the ready file."""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEY_WARNING_S = 14 * 86_400


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the service is reached."""

    host: str
    """As in a URL."""
    port: int
    gateways: tuple[str, ...]
    """Each gateway's own `host:port`."""

    @property
    def base(self) -> str:
        """Of all HTTP endpoints."""
        return f"http://{self.host}:{self.port}"

    @property
    def realtime(self) -> str:
        """For WebSockets."""
        return f"ws://{self.host}:{self.port}/event/realtime"


@dataclass(frozen=True, slots=True)
class Welcome:
    """All that is told."""

    endpoints: Endpoints
    region: str
    credentials: Mapping[str, str]
    """What the directory's `welcome` answers."""

    def ready_file(self) -> dict[str, object]:
        """For programs."""
        keys = ("apiId", "apiKey", "accessKeyId", "secretAccessKey")
        return {
            **{key: self.credentials[key] for key in keys},
            "region": self.region,
            "httpUrl": f"{self.endpoints.base}/event",
            "realtimeUrl": self.endpoints.realtime,
            "controlUrl": self.endpoints.base,
            "gateways": [f"http://{address}" for address in self.endpoints.gateways],
        }

    def curl(self) -> str:
        """A line that publishes."""
        body = json.dumps({"channel": "/default/hello", "events": [json.dumps({"message": "hello world!"})]})
        key = self.credentials["apiKey"]
        return (
            f"curl {self.endpoints.base}/event -H 'content-type: application/json' "
            f"-H 'x-api-key: {key}' -d '{body}'"
        )

    def key_line(self, now: float) -> str:
        """The API key and what is to be known about its end."""
        expires = int(self.credentials.get("apiKeyExpires", "0"))
        key = self.credentials["apiKey"] or "none is valid"
        until = time.strftime("%Y-%m-%d", time.gmtime(expires))
        if not self.credentials["apiKey"]:
            return key
        warning = "WARNING: ends in less than 14 days, " if expires - now < KEY_WARNING_S else ""
        return f"{key}  ({warning}valid until {until})"


def screen(title: str, rows: Mapping[str, str]) -> str:
    """Names and values below a title, for people to read and copy from."""
    width = max(len(name) for name in rows) + 2
    lines = [f"  {name:<{width}}{value}" for name, value in rows.items() if value]
    return "\n".join([title, "", *lines])


def write_ready_file(path: Path, content: Mapping[str, object]) -> None:
    """Write it so that a reader sees all of it or nothing; only its owner can read it."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
