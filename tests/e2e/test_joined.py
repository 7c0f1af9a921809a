"""`eventray serve --address`: on a cluster that was there before, and is there afterwards."""

import asyncio
import signal
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventray_cluster.store.cipher import new_encryption_key
from eventray_cluster.store.key_text import encode_encryption_key
from tests.support.client import Client, Publisher
from tests.support.postgresql import PostgreSQL
from tests.support.ray_cluster import ray_cluster
from tests.support.served import Served, serving, start, until_ready


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="er-") as name:
        yield Path(name)


async def check(service: Served) -> None:
    """Events go from one gateway to the other."""
    async with (
        Client.connect_to(service, 0) as client,
        Publisher(service.url(1), service.api_key) as publisher,
    ):
        subscription = await client.subscribe("/default/*")
        assert (await publisher.publish("/default/joined", "heard")).status_code == 200
        assert await client.until_events(subscription, 1) == ["heard"]
        trust = ssl.create_default_context(cafile=service.ready["caFile"])
        async with Publisher(service.ready["httpsUrl"], service.api_key, verify=trust) as secure:
            assert (await secure.publish("/default/joined", "safe")).status_code == 200
        assert await client.until_events(subscription, 2) == ["heard", "safe"]


def refused(folder: Path, *options: str) -> str:
    """What a server says that does not come up because of its settings."""
    process = start(folder, *options)
    assert process.wait(120) == 2
    return (folder / "output.txt").read_text()


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_joined_cluster_serves_and_outlives_the_service(folder: Path) -> None:
    with ray_cluster() as address:
        ports = ("--port", free_port(), "--tls-port", free_port())
        options = ("--address", address, "--gateways", "2", *ports)
        keys = set()
        for more in (("--init",), (), ("--init",)):
            process = await asyncio.to_thread(start, folder, *options, *more)
            service = await asyncio.to_thread(until_ready, folder, process)
            keys.add(service.api_key)
            await check(service)
            await asyncio.to_thread(stop, process)
        assert len(keys) == 1
        (folder / "data" / "eventray.db").unlink()
        output = await asyncio.to_thread(refused, folder, *options)
        assert "The database is empty: give --init if the cluster is new" in output, output


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_cluster_without_a_place_for_files_needs_postgresql(
    folder: Path, database_server: PostgreSQL
) -> None:
    with ray_cluster(data=False) as address:
        ports = ("--port", free_port(), "--tls-port", free_port())
        options = ("--address", address, "--gateways", "2", *ports)
        output = await asyncio.to_thread(refused, folder, *options, "--init")
        assert "SQLite's data directory must be declared" in output, output
        (folder / "key").write_text(encode_encryption_key(new_encryption_key()))
        (folder / "url").write_text(database_server.new_database())
        given = ("--database-file", str(folder / "url"))
        output = await asyncio.to_thread(refused, folder, *options, *given)
        assert "give the encryption key by --encryption-key-file" in output, output
        key = ("--encryption-key-file", str(folder / "key"))
        with serving(*options, *given, *key, "--init") as service:
            await check(service)
        assert service.process.returncode == 0, service.output
        with serving(*options, *given, *key) as again:
            await check(again)
            assert again.api_key == service.api_key
