"""What a gateway counts: plain integers on the hot paths, read once a second or when somebody asks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_ERROR_TYPES = 100
OTHER = "Other"


class ErrorCounts(Counter[str]):
    """By the error type that the wire saw. A handler may make up types: beyond so many all are `OTHER`."""

    def count(self, error_type: str) -> None:
        """One more."""
        known = error_type in self or len(self) < MOST_ERROR_TYPES
        self[error_type if known else OTHER] += 1


@dataclass(slots=True)
class ApiCounters:
    """Numbers of one API; whoever counts often looks them up once and keeps them."""

    connections_opened: int = 0
    connections_closed: int = 0
    subscriptions: int = 0
    """Current."""
    publish_requests: int = 0
    events_in: int = 0
    bytes_in: int = 0
    deliveries: int = 0
    errors: ErrorCounts = field(default_factory=ErrorCounts)

    @property
    def connections(self) -> int:
        """Current."""
        return self.connections_opened - self.connections_closed


@dataclass(slots=True)
class GatewayCounters:
    """Numbers since the start, except where they are called current."""

    connections_opened: int = 0
    connections_closed: int = 0
    subscriptions: int = 0
    """Current."""
    publish_requests: int = 0
    management_requests: int = 0
    events_in: int = 0
    bytes_in: int = 0
    """Of published events."""
    deliveries: int = 0
    """`data` frames."""
    writes: int = 0
    """Calls that wrote them: deliveries per write tells how well they were joined."""
    bytes_out: int = 0
    """Of `data` frames."""
    failed_writes: int = 0
    slow_consumers: int = 0
    errors: ErrorCounts = field(default_factory=ErrorCounts)
    loop_lag_ms: float = 0.0
    """Current: how late the last timer came."""
    apis: dict[str, ApiCounters] = field(default_factory=dict)
    """By API id; ask `of` for those of an API that is there."""

    @property
    def connections(self) -> int:
        """Current."""
        return self.connections_opened - self.connections_closed

    def of(self, api_id: str) -> ApiCounters:
        """Those of one API."""
        found = self.apis.get(api_id)
        if found is None:
            found = self.apis[api_id] = ApiCounters()
        return found

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """APIs that are gone have no numbers any more, whatever still counts for them."""
        for api_id in [api_id for api_id in self.apis if is_gone(api_id)]:
            del self.apis[api_id]

    def accepted(self, api: ApiCounters, events: int, size: int) -> None:
        """Events, of so many bytes, were accepted for publication."""
        self.events_in += events
        self.bytes_in += size
        api.events_in += events
        api.bytes_in += size

    def refused(self, error_type: str, api: ApiCounters | None) -> None:
        """An error was sent; no API where none was meant."""
        self.errors.count(error_type)
        if api is not None:
            api.errors.count(error_type)
