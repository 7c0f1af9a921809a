"""An HTTP request of the management API to a call, and what policies may know of it."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from eventray_core.control.calls import Call
from eventray_core.control.facts import Facts
from eventray_core.control.operations import Match, match
from eventray_core.control.requested_tags import requested_tags
from eventray_core.glob import Context
from eventray_core.iam import request_context
from eventray_gateway.asgi import Scope, header

METHODS = ("GET", "POST", "DELETE")
_PREFIXES = frozenset({"v1", "v2", "eventray"})


def raw_path(scope: Scope) -> str:
    """The path as it came, percent-encoded."""
    path: bytes = scope["raw_path"]
    return path.decode("latin-1")


def is_management(path: str) -> bool:
    """Whether a raw path is the management API's; slashes in a row count as one."""
    return next((segment for segment in path.split("/") if segment), "") in _PREFIXES


def methods_of(path: str) -> list[str]:
    """The methods that a path has; none if there is nothing at that path."""
    return [method for method in METHODS if match(method, path) is not None]


def call_of(found: Match, scope: Scope, body: bytes, principal: str) -> Call:
    """The call of a known caller, whose ARN is given."""
    query: bytes = scope["query_string"]
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return Call(
        operation=found.operation.name, path=found.path, query=tuple(pairs), body=body, principal=principal
    )


def context_of(call: Call, scope: Scope, facts: Facts, now: float) -> Context:
    """What conditions in policies can ask."""
    client = scope.get("client")
    return request_context(
        datetime.fromtimestamp(now, UTC),
        facts.region,
        client[0] if client else "",
        scope["scheme"] == "https",
        header(scope["headers"], b"user-agent") or "",
        requested_tags(call),
    )
