"""What people and programs are told when the server is ready: the screen and the ready file."""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from eventray_cluster.amplify import amplify_configuration

KEY_WARNING_S = 14 * 86_400


@dataclass(frozen=True, slots=True)
class TlsEdge:
    """Where the service is reached over TLS."""

    host: str
    """As in a URL, and as in a certificate."""
    port: int
    ca_file: str | None
    """The local authority's certificate, which makes the connection trusted; None if it is not here."""

    @property
    def https_url(self) -> str:
        """Where to publish."""
        return f"https://{self.host}:{self.port}/event"

    @property
    def wss_url(self) -> str:
        """Where to subscribe."""
        return f"wss://{self.host}:{self.port}/event/realtime"

    @property
    def page_url(self) -> str:
        """The page that shows in a browser whether the service works."""
        return f"https://{self.host}:{self.port}/"

    def ready_file(self) -> dict[str, str]:
        """For programs."""
        urls = {"httpsUrl": self.https_url, "wssUrl": self.wss_url}
        return urls if self.ca_file is None else {**urls, "caFile": self.ca_file}


@dataclass(frozen=True, slots=True)
class Welcome:
    """Where the service is reached, and with what."""

    host: str
    """As in a URL."""
    port: int
    gateways: tuple[str, ...]
    """Each gateway's own `host:port`."""
    region: str
    credentials: Mapping[str, str]
    """What the directory's `welcome` answers."""
    tls: TlsEdge | None = None
    public_url: str | None = None
    """Where others reach it, without a path, if that is not here."""

    @property
    def base_url(self) -> str:
        """Of the management API."""
        return f"http://{self.host}:{self.port}"

    @property
    def http_url(self) -> str:
        """Where to publish."""
        return f"{self.base_url}/event"

    @property
    def realtime_url(self) -> str:
        """Where to subscribe."""
        return f"ws://{self.host}:{self.port}/event/realtime"

    def ready_file(self) -> dict[str, object]:
        """For programs that may do anything."""
        keys = ("accessKeyId", "secretAccessKey")
        return {**self.for_clients(), **{key: self.credentials[key] for key in keys}}

    def for_clients(self) -> dict[str, object]:
        """For programs that publish and subscribe: without the administrator's secret."""
        return {
            **{key: self.credentials[key] for key in ("apiId", "apiKey")},
            "region": self.region,
            "httpUrl": self.http_url,
            "realtimeUrl": self.realtime_url,
            **(self.tls.ready_file() if self.tls else {}),
            **({"publicUrl": f"{self.public_url}/event"} if self.public_url else {}),
            "controlUrl": self.base_url,
            "gateways": [f"http://{address}" for address in self.gateways],
        }

    def rows(self, now: float) -> dict[str, str]:
        """For people: names and values."""
        ca_file = self.tls.ca_file if self.tls else None
        return {
            "HTTP": self.http_url,
            "Realtime": self.realtime_url,
            "HTTPS": self.tls.https_url if self.tls else "",
            "WSS": self.tls.wss_url if self.tls else "",
            "Public": f"{self.public_url}/event" if self.public_url else "",
            "API key": self._key(now),
            "Browser": self._page(),
            "Authority": f"{ca_file}  (`eventray trust` has this machine trust it)" if ca_file else "",
            "Publish": self._curl(),
        }

    def amplify(self) -> str:
        """What Amplify is configured with; empty without TLS or a key, since it needs both."""
        api_key = self.credentials["apiKey"]
        return amplify_configuration(self.tls.https_url, self.region, api_key) if self.tls and api_key else ""

    def _key(self, now: float) -> str:
        key, expires = self.credentials["apiKey"], int(self.credentials.get("apiKeyExpires", 0))
        if not key:
            return "none that is valid"
        until = time.strftime("%Y-%m-%d", time.gmtime(expires))
        soon = ", WHICH IS IN LESS THAN 14 DAYS" if expires - now < KEY_WARNING_S else ""
        return f"{key}  (until {until}{soon})"

    def _page(self) -> str:
        """With the key in the fragment, which browsers keep to themselves."""
        url, api_key = self.tls.page_url if self.tls else f"{self.base_url}/", self.credentials["apiKey"]
        return f"{url}#key={api_key}" if api_key else url

    def _curl(self) -> str:
        event = json.dumps({"message": "hello world!"})
        body = json.dumps({"channel": "/default/hello", "events": [event]})
        headers = f"-H 'content-type: application/json' -H 'x-api-key: {self.credentials['apiKey']}'"
        return f"curl {self.http_url} {headers} -d '{body}'"


def screen(title: str, rows: Mapping[str, str], blocks: Mapping[str, str] | None = None) -> str:
    """Names and values below a title, then those of several lines; what has no value is left out."""
    width = max(len(name) for name in rows) + 2
    lines = [title, "", *(f"  {name:<{width}}{value}" for name, value in rows.items() if value), ""]
    for name, text in (blocks or {}).items():
        lines += [f"  {name}", indent(text, "    "), ""] if text else []
    return "\n".join(lines)


def write_private_json(path: Path, content: Mapping[str, object]) -> None:
    """Write it so that a reader sees all of it or nothing, and only its owner can read it."""
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
