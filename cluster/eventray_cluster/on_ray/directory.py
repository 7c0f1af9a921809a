"""The directory on a Ray node."""

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
        super().__init__(replace(config, host=reachable(config.host)), open_store, open_certificates)
