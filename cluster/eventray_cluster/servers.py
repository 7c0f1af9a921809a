"""The two kinds of server: one with a private Ray on this machine, one in a cluster that is there already."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import replace
from typing import Any, Protocol

from eventray_actors.tasks import Tasks
from eventray_cluster.certificates.folder import ca_file
from eventray_cluster.edge_port import is_loopback, url_host
from eventray_cluster.errors import UsageError
from eventray_cluster.local_ray import RayConnection, RayUnavailableError
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.preflight import Claims, certificates_of
from eventray_cluster.ray_environment import TOKEN_FILE
from eventray_cluster.service import Service
from eventray_cluster.settings import Settings
from eventray_cluster.spawn import DATA_RESOURCE, RayMembers
from eventray_cluster.store.opening import OpenStoreAt
from eventray_cluster.store.place import DataPlace, place_of
from eventray_cluster.supervisor import MemberUnavailableError
from eventray_cluster.wanted import DIRECTORY, Wanted
from eventray_cluster.welcome import TlsEdge, Welcome
from eventray_core.control.facts import Facts
from eventray_core.members import DirectoryConfig, GatewayConfig, ShardConfig

START_TIMEOUT_S = 60.0
DRAIN_S = 2.5
WATCH_EVERY_S = 0.5
DEATH_WATCH_S = 0.1
CLUSTER_PATIENCE_S = 30.0

ANOTHER_NODE = "In a cluster the directory may start again on another node: "
UNMARKED = (
    f"{ANOTHER_NODE}SQLite's data directory must be declared to be on the disk of one, which is the node "
    f"with Ray's custom resource {DATA_RESOURCE}, or the data must be in PostgreSQL, by --database."
)
MARKED_TWICE = (
    f"Several nodes have Ray's custom resource {DATA_RESOURCE}; only one can hold the data directory."
)
KEYLESS = (
    f"{ANOTHER_NODE}give the encryption key by --encryption-key-file, or the node whose disk keeps the data "
    f"directory with the key in it Ray's custom resource {DATA_RESOURCE}."
)
UNREACHABLE = "The cluster has several nodes, which reach no gateway at {}: give --host 0.0.0.0, for one."


class Server(Protocol):
    """A server as the command sees it; `stop` may be called at any moment, also while `start` waits."""

    ray: RayConnection

    async def start(self) -> Welcome:
        """Come up; raises `CommandError`."""

    def rows(self) -> dict[str, str]:
        """What else people are told, by name."""

    async def watch(self) -> None:
        """Return never; raises `RayUnavailableError` when Ray is gone."""

    async def stop(self) -> None:
        """Let clients be told, and end all that was started."""


class PrivateServer:
    """A server with a Ray of its own, which ends with it."""

    def __init__(self, settings: Settings, claims: Claims, log: LogSettings) -> None:
        self.ray = RayConnection()
        self._settings = settings
        self._claims = claims
        self._wanted = wanted_by(settings, claims.port.ip, claims.port.port, log, claims.tls_port_number)
        self._service: Service | None = None
        self._tasks = Tasks()

    async def start(self) -> Welcome:
        """Come up with everything."""
        claims, settings = self._claims, self._settings
        actors = len(self._wanted.names()) + 1
        await self.ray.start_private(claims.ray_folder, claims.log_folder, actors, not settings.no_dashboard)
        claims.note(self.ray.address)
        self._service = Service(self._wanted, RayMembers())
        await self._service.start()
        ready = await self._service.until_ready(START_TIMEOUT_S)
        host = url_host(settings.host)
        tls = tls_edge(settings, host, claims.tls_port_number, ready.credentials["caPem"])
        welcome = Welcome(
            host,
            claims.port.port,
            ready.gateways,
            settings.region,
            ready.credentials,
            tls,
            settings.public_url,
        )
        claims.note(self.ray.address, welcome.for_clients())
        return welcome

    def rows(self) -> dict[str, str]:
        """Where things are on this machine."""
        data_dir, dashboard = self._settings.data_dir, self.ray.dashboard_url
        return {
            "Dashboard": f"{dashboard}  (token in {data_dir / TOKEN_FILE})" if dashboard else "",
            "Data": str(data_dir),
            "Logs": str(self._claims.log_folder),
        }

    async def watch(self) -> None:
        """Nothing starts Ray's own processes again."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            if name := self.ray.dead_process():
                raise RayUnavailableError(f"Ray's process {name} has died, so the server ends.")

    async def stop(self) -> None:
        """End everything in order, as long as there is a Ray to be asked; the rest is the reaper's."""
        stopping = self._tasks.start(self._stop_in_order(), "stop in order")
        while not stopping.done() and not self.ray.dead_process():
            await asyncio.wait({stopping}, timeout=DEATH_WATCH_S)

    async def _stop_in_order(self) -> None:
        if self._service is not None:
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

    async def start(self) -> Welcome:
        """Start what is missing, or change how many there are."""
        settings = self._settings
        await self.ray.join(str(settings.address))
        place = place_of(settings, may_be_empty=False)
        pin = is_directory_pinned(await self.ray.nodes(), settings.host, place)
        if settings.init:
            await self._members.make_data(replace(place, may_be_empty=True), pin)
        wanted = wanted_by(settings, settings.host, settings.port, self._log, settings.wanted_tls_port)
        wanted = replace(wanted, open_store=OpenStoreAt(place), pin_directory=pin)
        self._service = Service(wanted, self._members)
        await self._service.adopt()
        ready = await self._service.until_ready(START_TIMEOUT_S)
        host = ready.gateways[0].rpartition(":")[0]
        tls = tls_edge(settings, host, settings.wanted_tls_port, ready.credentials["caPem"])
        return Welcome(
            host, settings.port, ready.gateways, settings.region, ready.credentials, tls, settings.public_url
        )

    def rows(self) -> dict[str, str]:
        """Where things are in the cluster."""
        return {"Dashboard": self.ray.dashboard_url, "Cluster": self.ray.address}

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
        if self.ray.is_up:
            await self.ray.stop()


def is_directory_pinned(nodes: list[dict[str, Any]], host: str, place: DataPlace) -> bool:
    """Whether the directory must run where a node is marked for the data.

    Raises `UsageError` when it must and none is, or several are, or when members could not reach one another.
    """
    if len(nodes) > 1 and is_loopback(host):
        raise UsageError(UNREACHABLE.format(host))
    if place.database is not None and place.encryption_key is not None:
        return False
    marked = [node for node in nodes if DATA_RESOURCE in node["Resources"]]
    if not marked:
        raise UsageError(UNMARKED if place.database is None else KEYLESS)
    if len(marked) > 1:
        raise UsageError(MARKED_TWICE)
    return True


def tls_edge(settings: Settings, host: str, port: int | None, ca_pem: str) -> TlsEdge | None:
    """Where the service is reached over TLS; by this machine's own programs at a name that browsers know.

    The data, and with them the authority, may be on another node: then there is no file to name.
    """
    if port is None:
        return None
    file, found = ca_file(settings.data_dir), ""
    with contextlib.suppress(OSError):
        found = file.read_text("ascii")
    name = "localhost" if is_loopback(host) else host
    return TlsEdge(name, port, str(file) if ca_pem and found == ca_pem else None)


def facts_of(settings: Settings, port: int) -> Facts:
    """What answers say of the server; `port` is the one for TLS, if there is one, since `dns` is for that."""
    return Facts(
        region=settings.region,
        account_id=settings.account_id,
        domain_suffix=settings.domain_suffix,
        port=port,
        public_url=settings.public_url,
        development=settings.dev,
    )


def wanted_by(
    settings: Settings, host: str, port: int, log: LogSettings, tls_port: int | None = None
) -> Wanted:
    """The members that the settings mean; the links between them have a new secret."""
    secret, level = secrets.token_bytes(32), settings.log_level
    facts = facts_of(settings, port if tls_port is None else tls_port)
    return Wanted(
        directory=DirectoryConfig(DIRECTORY, host="", secret=secret, facts=facts, log_level=level),
        open_store=OpenStoreAt(place_of(settings)),
        open_certificates=None if tls_port is None else certificates_of(settings),
        gateway=GatewayConfig(
            "", host=host, port=port, tls_port=tls_port, secret=secret, facts=facts, log_level=level
        ),
        shard=ShardConfig("", host="", secret=secret, log_level=level),
        gateways=settings.gateways,
        shards=settings.shards,
        log=log,
    )
