"""What handlers are told of who asks; made only where a namespace has handlers."""

from collections.abc import Iterable

from eventray_core.api import Api
from eventray_core.auth import Allowed, Credentials
from eventray_core.handling.context import Caller, json_text, request_headers

RawHeaders = Iterable[tuple[bytes, bytes]]


def http_caller(api: Api, allowed: Allowed, headers: RawHeaders) -> Caller:
    """Who made an HTTP request."""
    seen = request_headers(_texts(headers))
    return Caller(allowed.mode, json_text(allowed.identity), json_text(seen), _own_domain(api, seen))


def realtime_caller(api: Api, allowed: Allowed, headers: RawHeaders, shown: Credentials) -> Caller:
    """Who sent a message over a connection that was opened with these headers.

    The message's authorization lies over them (which headers AWS shows here is unverified).
    """
    seen = request_headers(_texts(headers))
    domain = _own_domain(api, seen)
    return Caller(allowed.mode, json_text(allowed.identity), json_text({**seen, **shown}), domain)


def _texts(headers: RawHeaders) -> Iterable[tuple[str, str]]:
    return ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def _own_domain(api: Api, headers: dict[str, str | list[str]]) -> str | None:
    """The custom domain that the request came to; None for AWS's and any other name."""
    host = headers.get("host")
    name = host.partition(":")[0].lower() if isinstance(host, str) else ""
    return name if name in api.custom_domains else None
