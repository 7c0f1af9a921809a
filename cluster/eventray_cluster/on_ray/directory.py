"""The directory on a Ray node."""

import logging
import os
from dataclasses import replace

from eventray_actors import namespace_directory
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.on_ray.node import reachable, settle
from eventray_core.members import DirectoryConfig
from eventray_core.ports import OpenCertificates, OpenStore


class NamespaceDirectory(namespace_directory.NamespaceDirectory):
    """The directory, listening where its node can be reached."""

    def __init__(
        self,
        config: DirectoryConfig,
        open_store: OpenStore,
        open_certificates: OpenCertificates | None,
        log: LogSettings,
    ) -> None:
        settle(config.name, log)
        config = replace(config, host=reachable(config.host))
        super().__init__(config, open_store, open_certificates, _end_process)


def _end_process() -> None:
    """Ray starts the actor again: empty, and without the data until they are free."""
    logging.shutdown()
    os._exit(1)
