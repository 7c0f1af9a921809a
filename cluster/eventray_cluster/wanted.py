"""What the service is to consist of: plain values, which the supervisor gets back after its death."""

from dataclasses import dataclass

from eventray_cluster.logging_setup import LogSettings
from eventray_core.members import DirectoryConfig, GatewayConfig, ShardConfig
from eventray_core.ports import OpenCertificates, OpenStore

DIRECTORY = "namespace-directory"
SUPERVISOR = "supervisor"
GATEWAY = "gateway-"
SHARD = "channel-shard-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The members: how many of each, and what each is started with.

    `gateway` and `shard` are patterns, from which each member gets its own under its own name. A host
    that is empty becomes the address of the node on which the member happens to run.
    """

    directory: DirectoryConfig
    open_store: OpenStore
    gateway: GatewayConfig
    shard: ShardConfig
    gateways: int
    shards: int
    log: LogSettings
    open_certificates: OpenCertificates | None = None
    """None for a service without TLS."""
    pin_directory: bool = False
    """Run the directory only where Ray has the resource `eventray_data`."""

    def gateway_names(self) -> list[str]:
        """The names of the gateways."""
        return [f"{GATEWAY}{number}" for number in range(self.gateways)]

    def shard_names(self) -> list[str]:
        """The names of the shards."""
        return [f"{SHARD}{number}" for number in range(self.shards)]

    def names(self) -> list[str]:
        """All members, the directory first, since the others look for it."""
        return [DIRECTORY, *self.shard_names(), *self.gateway_names()]


def is_member(name: str) -> bool:
    """Whether the name is one that a member can have."""
    return name == DIRECTORY or name.startswith((GATEWAY, SHARD))
