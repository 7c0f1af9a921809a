"""The two kinds of server: one with a private Ray on this machine, one in a cluster that is there already."""

import asyncio
import contextlib
import logging
import secrets
import time
from typing import Protocol

from eventray_cluster.edge_port import is_loopback
from eventray_cluster.local_ray import RayConnection, RayUnavailableError
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.preflight import Claims, UsageError
from eventray_cluster.service import Ready, Service
from eventray_cluster.settings import Settings
from eventray_cluster.spawn import DATA_RESOURCE, RayMembers
from eventray_cluster.store.repository import OpenStoreAt
from eventray_cluster.supervisor import MemberUnavailableError
from eventray_cluster.wanted import DIRECTORY, Wanted
from eventray_core.members import DirectoryConfig, GatewayConfig, ShardConfig

logger = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0
DRAIN_S = 2.5
WATCH_EVERY_S = 0.5
CLUSTER_PATIENCE_S = 30.0


class Server(Protocol):
    """A server as the command sees it; `stop` may be called at any moment, also while `start` waits."""

    ray: RayConnection

    async def start(self) -> Ready:
        """Come up; raises `StartError`, `RayUnavailableError` or `UsageError`."""

    async def watch(self) -> None:
        """Return never; raises `RayUnavailableError` when the ground is gone."""

    async def stop(self) -> None:
        """Let clients be told, and end all that was started."""


class PrivateServer:
    """A server with a Ray of its own, which ends with it."""

    def __init__(self, settings: Settings, claims: Claims, log: LogSettings) -> None:
        self.ray = RayConnection()
        self._settings = settings
        self._claims = claims
        self._wanted = wanted_by(settings, claims.port.ip, claims.port.port, log)
        self._service: Service | None = None

    async def start(self) -> Ready:
        """Come up with everything."""
        actors = len(self._wanted.names()) + 1
        claims, dashboard = self._claims, not self._settings.no_dashboard
        await self.ray.start_private(claims.ray_folder, claims.log_folder, actors, dashboard)
        self._service = Service(self._wanted, RayMembers())
        await self._service.start()
        return await self._service.until_ready(START_TIMEOUT_S)

    async def watch(self) -> None:
        """Nothing starts Ray's own processes again."""
        while (name := self.ray.dead_process()) is None:
            await asyncio.sleep(WATCH_EVERY_S)
        raise RayUnavailableError(f"Ray's process {name} has died, so the server ends.")

    async def stop(self) -> None:
        """End everything."""
        if self._service is not None and self.ray.dead_process() is None:
            with contextlib.suppress(MemberUnavailableError):
                await self._service.stop(DRAIN_S)
        await self.ray.stop()


class JoinedServer:
    """A server in a Ray cluster; it finds what an earlier command started there."""

    def __init__(self, settings: Settings, log: LogSettings) -> None:
        self.ray = RayConnection()
        self._settings = settings
        self._log = log
        self._members = RayMembers()
        self._service: Service | None = None

    async def start(self) -> Ready:
        """Start what is missing, or change how many there are."""
        await self.ray.join(str(self._settings.address))
        wanted = wanted_by(self._settings, self._settings.host, self._settings.port, self._log)
        self._service = Service(replace(wanted, pin_directory=await self._pins_directory()), self._members)
        await self._service.adopt()
        return await self._service.until_ready(START_TIMEOUT_S)

    async def _pins_directory(self) -> bool:
        """Whether a node is marked for the data; in a cluster of several nodes one must be."""
        nodes = await self.ray.nodes()
        if any(DATA_RESOURCE in node["Resources"] for node in nodes):
            return True
        if len(nodes) > 1:
            raise UsageError(SEVERAL_NODES)
        return False

    async def watch(self) -> None:
        """See whether the cluster still answers."""
        answered = time.monotonic()
        while time.monotonic() - answered < CLUSTER_PATIENCE_S:
            await asyncio.sleep(WATCH_EVERY_S * 10)
            with contextlib.suppress(MemberUnavailableError):
                await self._members.running()
                answered = time.monotonic()
        raise RayUnavailableError("The Ray cluster does not answer any more.")

    async def stop(self) -> None:
        """End all members, and leave the cluster as it was."""
        if self._service is not None:
            with contextlib.suppress(MemberUnavailableError):
                await self._service.stop(DRAIN_S)
                await self._service.end()
        await self.ray.stop()
