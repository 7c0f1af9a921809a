"""The plain actor classes as they start on a Ray node: with logging, and with the node's address.

They keep the names of the classes they are made of, which is what Ray's dashboard shows.
"""

import logging
from dataclasses import replace

import ray

from eventray_actors import channel_shard, namespace_directory
from eventray_cluster.logging_setup import LogSettings, configure_logging
from eventray_core.members import DirectoryConfig, GatewayConfig, ShardConfig
from eventray_core.ports import LocateDirectory, OpenStore
from eventray_gateway import gateway

logger = logging.getLogger(__name__)

EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 - recognised here, not bound


def settle(name: str, log: LogSettings) -> None:
    """Begin an actor's life: its log lines bear its name, and tell when it is not the first life."""
    configure_logging(log, name)
    if ray.get_runtime_context().was_current_actor_reconstructed:
        logger.warning("started again by Ray after the end of its process")


class NamespaceDirectory(namespace_directory.NamespaceDirectory):
    """The directory, listening where its node can be reached."""

    def __init__(self, config: DirectoryConfig, open_store: OpenStore, log: LogSettings) -> None:
        settle(config.name, log)
        super().__init__(replace(config, host=config.host or ray.util.get_node_ip_address()), open_store)


class ChannelShard(channel_shard.ChannelShard):
    """A shard, listening where its node can be reached."""

    def __init__(self, config: ShardConfig, locate: LocateDirectory, log: LogSettings) -> None:
        settle(config.name, log)
        super().__init__(replace(config, host=config.host or ray.util.get_node_ip_address()), locate)


class Gateway(gateway.Gateway):
    """A gateway that tells others its node's address when it listens on every one."""

    def __init__(self, config: GatewayConfig, locate: LocateDirectory, log: LogSettings) -> None:
        settle(config.name, log)
        reachable = ray.util.get_node_ip_address() if config.host in EVERY_ADDRESS else config.host
        super().__init__(replace(config, advertise_host=config.advertise_host or reachable), locate)
