"""Where a server is, and with what it is asked."""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from eventray_client.authorization import Authorization
from eventray_client.errors import ServerNotFoundError

_AMAZON_HTTP = re.compile(r"([a-z0-9]+)\.appsync-api(\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?)", re.IGNORECASE)
_AMAZON_REALTIME = re.compile(
    _AMAZON_HTTP.pattern.replace("appsync-api", "appsync-realtime-api"), re.IGNORECASE
)
_REALTIME_SCHEMES = {"http": "ws", "https": "wss"}
_HTTP_SCHEMES = {"ws": "http", "wss": "https"}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that has been found; made by `eventray_client.finding.find_server`."""

    http_url: str
    """Where to publish, such as `http://127.0.0.1:8080/event`."""
    realtime_url: str
    """Where to subscribe, such as `ws://127.0.0.1:8080/event/realtime`."""
    authorization: Authorization
    ca_file: Path | None = None
    """Certificates in PEM that are trusted besides the system's."""
    region: str = ""
    """The AWS region that it says it is in, where that is known."""
    api_key: str = field(default="", repr=False)
    """The key of `authorization`, if it is one."""

    @property
    def host(self) -> str:
        """The HTTP endpoint's host, and its port if it is not the usual one."""
        return urlsplit(self.http_url).netloc

    @property
    def http_address(self) -> tuple[str, int]:
        """Where to connect for HTTP."""
        parts = urlsplit(self.http_url)
        return parts.hostname or "", parts.port or _PORTS[parts.scheme]

    @property
    def http_target(self) -> str:
        """The HTTP endpoint's path and query."""
        parts = urlsplit(self.http_url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def tls(self, url: str) -> ssl.SSLContext | None:
        """What to check the server's certificate with; None if the URL is a plain one."""
        if urlsplit(url).scheme not in ("https", "wss"):
            return None
        context = ssl.create_default_context()
        if self.ca_file is not None:
            try:
                context.load_verify_locations(self.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise ServerNotFoundError(f"The CA file {self.ca_file} cannot be used: {error}.") from None
        return context


def http_url(text: str) -> str:
    """Check the URL of an HTTP endpoint; raises `ServerNotFoundError`."""
    return _checked(text, tuple(_REALTIME_SCHEMES)).geturl()


def realtime_url(text: str) -> str:
    """Check the URL of a realtime endpoint; raises `ServerNotFoundError`."""
    return _checked(text, tuple(_HTTP_SCHEMES)).geturl()


def realtime_url_of(url: str) -> str:
    """The realtime URL that belongs to an HTTP URL; AWS has another host for it, others the same."""
    parts = _checked(url, tuple(_REALTIME_SCHEMES))
    host = _swap(parts.netloc, _AMAZON_HTTP, r"\1.appsync-realtime-api\2")
    path = (parts.path.rstrip("/") or "/event") + "/realtime"
    return parts._replace(scheme=_REALTIME_SCHEMES[parts.scheme], netloc=host, path=path).geturl()


def http_url_of(url: str) -> str:
    """The HTTP URL that belongs to a realtime URL."""
    parts = _checked(url, tuple(_HTTP_SCHEMES))
    host = _swap(parts.netloc, _AMAZON_REALTIME, r"\1.appsync-api\2")
    path = parts.path.rstrip("/").removesuffix("/realtime") or "/event"
    return parts._replace(scheme=_HTTP_SCHEMES[parts.scheme], netloc=host, path=path).geturl()


def _checked(url: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        starts = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ServerNotFoundError(f"{url!r} is not a URL that starts with {starts} and names a host.")
    return parts if parts.path not in ("", "/") else parts._replace(path="/event" + _suffix(parts.scheme))


def _suffix(scheme: str) -> str:
    return "/realtime" if scheme in _HTTP_SCHEMES else ""


def _swap(netloc: str, pattern: re.Pattern[str], replacement: str) -> str:
    return pattern.sub(replacement, netloc) if pattern.fullmatch(netloc) else netloc
