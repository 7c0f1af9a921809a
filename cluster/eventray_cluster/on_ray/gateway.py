"""A gateway on a Ray node."""

import sys
from dataclasses import replace

from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.on_ray.node import reachable, settle
from eventray_core.members import GatewayConfig
from eventray_core.ports import LocateDirectory
from eventray_gateway import gateway
from eventray_gateway.tls.undecodable import without_undecodable_names


class Gateway(gateway.Gateway):
    """A gateway that tells others its node's address when it listens on every one."""

    def __init__(self, config: GatewayConfig, locate: LocateDirectory, log: LogSettings) -> None:
        settle(config.name, log)
        sys.unraisablehook = without_undecodable_names(sys.unraisablehook)
        host = config.advertise_host or reachable(config.host)
        super().__init__(replace(config, advertise_host=host), locate)
