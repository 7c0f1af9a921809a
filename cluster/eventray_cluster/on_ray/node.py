"""What every actor does first, and what it can ask its node."""

import logging

import ray

from eventray_cluster.logging_setup import LogSettings, configure_logging

logger = logging.getLogger(__name__)

EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104 - recognised here, not bound


def settle(name: str, log: LogSettings) -> None:
    """Begin an actor's life: its log lines bear its name, and tell when it is not the first life."""
    configure_logging(log, name)
    if ray.get_runtime_context().was_current_actor_reconstructed:
        logger.warning("started again by Ray after the end of its process")


def reachable(host: str) -> str:
    """The host itself, or the node's address if it means every one."""
    return str(ray.util.get_node_ip_address()) if host in EVERY_ADDRESS else host
