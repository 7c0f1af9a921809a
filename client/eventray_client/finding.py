"""Finds the server: by arguments, else the environment, else the ready file, else Ray."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from eventray_client import ray_directory
from eventray_client.authorization import ApiKey, Authorization
from eventray_client.errors import ServerNotFoundError
from eventray_client.server import Server, http_url, http_url_of, realtime_url, realtime_url_of

HTTP_URL = "EVENTRAY_HTTP_URL"
REALTIME_URL = "EVENTRAY_REALTIME_URL"
API_KEY = "EVENTRAY_API_KEY"
CA_FILE = "EVENTRAY_CA_FILE"
READY_FILE = "EVENTRAY_READY_FILE"

NOT_FOUND = (
    "There is no EventRay server to talk to: start one with `eventray serve`, "
    f"or name it by its URL or by {HTTP_URL} and {API_KEY}."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of the server; None for what is not."""

    http_url: str | None = None
    realtime_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    region: str | None = None

    @property
    def has_url(self) -> bool:
        """Whether it says where the server is."""
        return bool(self.http_url or self.realtime_url)

    def or_else(self, other: "Wanted") -> "Wanted":
        """This, completed by the other, except that all URLs are of one source: the first that has any."""
        if self.has_url:
            other = replace(other, http_url=None, realtime_url=None)
        mine = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}
        return replace(other, **mine)


async def find_server(
    given: Wanted,
    authorization: Authorization | None = None,
    ready_file: Path | None = None,
    fallback_files: Sequence[Path] = (),
    prefer_tls: bool = False,
) -> Server:
    """The server that is meant; raises `ServerNotFoundError` or `UnavailableError`.

    Looks at `given`, at `ready_file`, at the environment, at the file that `EVENTRAY_READY_FILE` names, at
    the `fallback_files` and at Ray, until a URL is known: one server's key is not shown to another.
    `prefer_tls` chooses the `https` and `wss` URLs of a ready file that has both.
    """
    wanted = given
    if ready_file is not None:
        wanted = wanted.or_else(_required(ready_file, prefer_tls))
    wanted = wanted.or_else(of_environment(os.environ))
    for path in _paths(os.environ.get(READY_FILE), fallback_files):
        if not wanted.has_url and (information := read_ready_file(path)):
            wanted = wanted.or_else(of_information(information, prefer_tls))
    if not wanted.has_url and ray_directory.is_inside_ray():
        wanted = wanted.or_else(of_information(await ray_directory.ready_information() or {}))
    return _server(wanted, authorization)


def of_environment(environment: Mapping[str, str]) -> Wanted:
    """What the variables say; empty ones say nothing."""
    ca_file = environment.get(CA_FILE)
    return Wanted(
        environment.get(HTTP_URL) or None,
        environment.get(REALTIME_URL) or None,
        environment.get(API_KEY) or None,
        Path(ca_file) if ca_file else None,
    )


def read_ready_file(path: Path) -> dict[str, Any] | None:
    """What `eventray serve` wrote when it was ready; None if there is nothing that can be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def of_information(information: Mapping[str, Any], prefer_tls: bool = False) -> Wanted:
    """What a ready file says."""

    def text(*keys: str) -> str | None:
        return next((str(information[key]) for key in keys if information.get(key)), None)

    order = (("httpsUrl", "httpUrl"), ("wssUrl", "realtimeUrl"))
    http, realtime = (keys if prefer_tls else keys[::-1] for keys in order)
    ca_file = text("caFile")
    return Wanted(
        text(*http), text(*realtime), text("apiKey"), Path(ca_file) if ca_file else None, text("region")
    )


def _paths(first: str | None, others: Sequence[Path]) -> list[Path]:
    return [Path(first), *others] if first else [*others]


def _required(path: Path, prefer_tls: bool) -> Wanted:
    found = of_information(read_ready_file(path) or {}, prefer_tls)
    if not found.has_url:
        raise ServerNotFoundError(f"The file {path} does not say where a server is; is one running?")
    return found


def _server(wanted: Wanted, authorization: Authorization | None) -> Server:
    if wanted.http_url is None and wanted.realtime_url is None:
        raise ServerNotFoundError(NOT_FOUND)
    if authorization is None and not wanted.api_key:
        raise ServerNotFoundError(f"The server's API key is not known: give it, or set {API_KEY}.")
    http = http_url(wanted.http_url or http_url_of(wanted.realtime_url or ""))
    realtime = realtime_url(wanted.realtime_url or realtime_url_of(http))
    key = wanted.api_key or ""
    shown = authorization if authorization is not None else ApiKey(key)
    return Server(http, realtime, shown, wanted.ca_file, wanted.region or "", key)
