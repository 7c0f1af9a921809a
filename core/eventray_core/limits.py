"""AWS's quotas for the data plane (data-plane specification, section 8), as one frozen value."""

from dataclasses import dataclass

MAX_SEGMENTS = 5
MAX_SEGMENT_LENGTH = 50
MAX_ID_LENGTH = 128
MAX_JSON_DEPTH = 512
"""Nesting of one event; deeper texts are refused before a parser sees them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are bytes, times are milliseconds."""

    events_per_publish: int = 5
    event_bytes: int = 240 * 1024
    publish_body_bytes: int = 1_200_000
    """AWS says 1.2 MB; read as decimal."""
    frame_bytes: int = 1_500_000
    subscriptions_per_connection: int = 200
    header_bytes: int = 64 * 1024
    header_timeout_ms: int = 10_000
    half_open_connections: int = 1_024
    body_timeout_ms: int = 30_000
    """For a body that makes no progress, and for an answer that is not read."""
    keep_alive_timeout_ms: int = 75_000
    """Of an HTTP connection between two requests."""
    close_timeout_ms: int = 5_000
    """For a peer's part of a close, WebSocket or HTTP."""
    connection_timeout_ms: int = 300_000
    keep_alive_interval_ms: int = 30_000
    """AWS sends `ka` every 60 s, which is exactly when common proxies cut an idle connection."""
    outbound_buffer_bytes: int = 1_000_000
