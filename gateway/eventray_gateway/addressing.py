"""Which API a request means, and which of its two endpoints: by host name, else by path prefix."""

import enum
import re
from dataclasses import dataclass

from eventray_core.api import Api
from eventray_core.catalog import Catalog

_PREFIX = re.compile(r"/apis/([A-Za-z0-9-]+)(/.*)")

# `/event//realtime` comes from Amplify when its endpoint ends in a slash, `/realtime` when it has no path.
_REALTIME = frozenset({"/event/realtime", "/event//realtime", "/realtime"})
_PUBLISH = frozenset({"/event", "/event/"})


class Endpoint(enum.Enum):
    """The data plane's two endpoints."""

    PUBLISH = enum.auto()
    REALTIME = enum.auto()


@dataclass(frozen=True, slots=True)
class Target:
    """What a path means; `api_id` None where the host name decides."""

    endpoint: Endpoint
    api_id: str | None


def target_of(path: str) -> Target | None:
    """The endpoint that a path names, None for any other path."""
    api_id = None
    if path.startswith("/apis/") and (match := _PREFIX.fullmatch(path)) is not None:
        api_id, path = match[1], match[2]
    if path in _PUBLISH:
        return Target(Endpoint.PUBLISH, api_id)
    if path in _REALTIME:
        return Target(Endpoint.REALTIME, api_id)
    return None


def api_of(catalog: Catalog, target: Target, headers: list[tuple[bytes, bytes]]) -> Api | None:
    """The API that a request means; None if there is no such API."""
    if target.api_id is not None:
        return catalog.get(target.api_id)
    host = next((value for name, value in headers if name == b"host"), b"")
    return catalog.by_host(host.decode("latin-1"))
