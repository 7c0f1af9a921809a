"""The whole service in one process and on one event loop: the same classes, without Ray."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eventray_actors.channel_shard import ChannelShard
from eventray_actors.namespace_directory import NamespaceDirectory
from eventray_cluster.certificates.source import OpenCertificatesAt
from eventray_cluster.store.opening import OpenStoreAt
from eventray_cluster.store.place import DataPlace
from eventray_core.control.facts import Facts
from eventray_core.limits import Limits
from eventray_core.members import DirectoryConfig, GatewayConfig, ShardConfig, Timing
from eventray_gateway.gateway import Gateway

HOST = "127.0.0.1"
SECRET = b"a secret that only the rig knows"


@dataclass
class Rig:
    """A running service; members may be stopped and started one by one."""

    data_dir: Path
    limits: Limits
    timing: Timing
    database: str | None = None
    facts: Facts = field(default_factory=Facts)
    certificates: OpenCertificatesAt | None = None
    """With them, gateways also have a port for TLS."""
    directory: NamespaceDirectory | None = None
    shards: list[ChannelShard] = field(default_factory=list)
    gateways: list[Gateway] = field(default_factory=list)
    api_key: str = ""
    api_id: str = ""
    access_key_id: str = ""
    secret_access_key: str = ""
    addresses: list[str] = field(default_factory=list)
    tls_ports: list[int] = field(default_factory=list)

    async def locate(self) -> str:
        """Where the directory is; there may be none just now."""
        if self.directory is None:
            raise ConnectionRefusedError("there is no directory")
        return await self.directory.link_address()

    def start_directory(self) -> NamespaceDirectory:
        """A directory on the rig's data."""
        config = DirectoryConfig("namespace-directory", HOST, SECRET, facts=self.facts, timing=self.timing)
        open_store = OpenStoreAt(DataPlace(self.data_dir, self.database))
        self.directory = NamespaceDirectory(config, open_store, self.certificates)
        return self.directory

    def start_shard(self) -> ChannelShard:
        """One more shard."""
        config = ShardConfig(f"channel-shard-{len(self.shards)}", HOST, SECRET, self.timing)
        self.shards.append(ChannelShard(config, self.locate))
        return self.shards[-1]

    async def start_gateway(self) -> Gateway:
        """One more gateway, on a port of its own."""
        name = f"gateway-{len(self.gateways)}"
        config = GatewayConfig(
            name, HOST, 0, SECRET, facts=self.facts, limits=self.limits, timing=self.timing
        )
        if self.certificates is not None:
            facts = replace(self.facts, domain_suffix=self.certificates.suffix)
            config = replace(config, tls_port=0, facts=facts)
        self.gateways.append(Gateway(config, self.locate))
        status = await self.gateways[-1].status()
        self.addresses.append(status["address"])
        self.tls_ports.append(int(status["tlsAddress"].rpartition(":")[2] or 0))
        return self.gateways[-1]

    def url(self, gateway: int = 0) -> str:
        """Where to publish over HTTP."""
        return f"http://{self.addresses[gateway]}/event"

    def api_url(self, api_id: str, gateway: int = 0) -> str:
        """Where to publish over HTTP to one of several APIs."""
        return f"http://{self.addresses[gateway]}/apis/{api_id}/event"

    def control_url(self, gateway: int = 0) -> str:
        """Where the management API is."""
        return f"http://{self.addresses[gateway]}"

    def realtime_url(self, gateway: int = 0) -> str:
        """Where to connect."""
        return f"ws://{self.addresses[gateway]}/event/realtime"

    async def until_ready(self) -> None:
        """Wait until the directory and all gateways say so."""
        directory = self.directory
        assert directory is not None
        await until(lambda: _all_ready([directory, *self.gateways]))

    async def stop(self) -> None:
        """Stop whatever runs."""
        for gateway in self.gateways:
            await gateway.stop()
        for shard in self.shards:
            await shard.stop()
        if self.directory is not None:
            await self.directory.stop()


async def _all_ready(members: list[Any]) -> bool:
    return all([(await member.status())["ready"] for member in members])


async def until(fact: Callable[[], Awaitable[bool]], patience: float = 20.0) -> None:
    """Wait for a fact that must be asked for; asks 100 times a second."""
    async with asyncio.timeout(patience):
        while not await fact():  # noqa: ASYNC110 - the fact must be asked for
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    data_dir: Path,
    gateways: int = 1,
    shards: int = 2,
    limits: Limits | None = None,
    timing: Timing | None = None,
    database: str | None = None,
    facts: Facts | None = None,
    certificates: OpenCertificatesAt | None = None,
) -> AsyncIterator[Rig]:
    """A service that is ready; stopped at the end."""
    rig = Rig(data_dir, limits or Limits(), timing or Timing(), database, facts or Facts(), certificates)
    directory = rig.start_directory()
    try:
        for _ in range(shards):
            rig.start_shard()
        for _ in range(gateways):
            await rig.start_gateway()
        await rig.until_ready()
        welcome = await directory.welcome()
        rig.api_key, rig.api_id = welcome["apiKey"], welcome["apiId"]
        rig.access_key_id, rig.secret_access_key = welcome["accessKeyId"], welcome["secretAccessKey"]
        yield rig
    finally:
        await rig.stop()
