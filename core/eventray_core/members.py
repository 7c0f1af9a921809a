"""What each member of the service is started with: plain values that pickle."""

from dataclasses import dataclass, field

from eventray_core.control.facts import Facts
from eventray_core.limits import Limits


@dataclass(frozen=True, slots=True)
class LinkTls:
    """PEM files for TLS on links: both ends show a certificate signed by `ca_file`."""

    cert_file: str
    key_file: str
    ca_file: str


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient members are with one another; milliseconds."""

    lease_ms: int = 10_000
    renew_ms: int = 1_000
    confirm_ms: int = 15_000
    """How long an answer to a publisher may wait for confirmations; longer than the lease."""
    link_silence_ms: int = 5_000
    """A link that brought nothing for so long is broken and dialled again."""
    stuck_ms: int = 1_000
    """How long a gateway may be over its link's bound before it is reported."""
    configure_ms: int = 1_000
    """How long the answer to a management call may wait for the gateways' confirmations."""
    control_ms: int = 10_000
    """How long a management call may take; after that it is answered as failed."""


@dataclass(frozen=True, slots=True)
class DirectoryConfig:
    """How the namespace directory starts. `host` is where it listens for links."""

    name: str
    host: str
    secret: bytes = field(repr=False)
    facts: Facts = field(default_factory=Facts)
    timing: Timing = field(default_factory=Timing)
    tls: LinkTls | None = None
    log_level: str = "INFO"


@dataclass(frozen=True, slots=True)
class ShardConfig:
    """How a channel shard starts. `host` is where it listens for links."""

    name: str
    host: str
    secret: bytes = field(repr=False)
    timing: Timing = field(default_factory=Timing)
    tls: LinkTls | None = None
    log_level: str = "INFO"


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """How a gateway starts: `port` is shared by the node's gateways, each has another of its own.

    `host` is what both bind to; `advertise_host` is how other nodes reach it, empty for `host` itself.
    `tls_port` is for TLS, shared as well (0: a free one of its own); None for none. Certificates are made for
    any name below the facts' domain suffix.
    """

    name: str
    host: str
    port: int
    secret: bytes = field(repr=False)
    advertise_host: str = ""
    facts: Facts = field(default_factory=Facts)
    limits: Limits = field(default_factory=Limits)
    timing: Timing = field(default_factory=Timing)
    tls: LinkTls | None = None
    log_level: str = "INFO"
    tls_port: int | None = None
