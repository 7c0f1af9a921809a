"""What a gateway counts: plain integers on the hot paths, read once a second or when somebody asks."""

from collections import Counter
from dataclasses import dataclass, field


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
    errors: Counter[str] = field(default_factory=Counter)
    """By the error type that the wire saw."""
    loop_lag_ms: float = 0.0
    """Current: how late the last timer came."""

    @property
    def connections(self) -> int:
        """Current."""
        return self.connections_opened - self.connections_closed
