"""Many at once who mean no good: the gateway's memory stays flat, and others are served."""

import asyncio
import resource
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import psutil
import pytest

from tests.support.client import Client, Publisher
from tests.support.served import Served

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

FLAT = 150_000_000
"""Bytes: what 10,000 connections may cost at most; without bounds it would be gigabytes."""


@asynccontextmanager
async def undisturbed(server: Served) -> AsyncIterator[None]:
    """A client of the attacked gateway is served as before, meanwhile and afterwards; memory is flat."""
    process = psutil.Process(await server.pid("gateway-0"))
    async with (
        Client.connect_to(server, 0) as client,
        Publisher(server.url(0), server.api_key) as publisher,
    ):
        subscription = await client.subscribe("/default/undisturbed")
        before = process.memory_info().rss
        stopping = asyncio.Event()
        count = 0

        async def serve() -> None:
            nonlocal count
            while not stopping.is_set():
                assert (await publisher.publish("/default/undisturbed", count)).status_code == 200
                count += 1

        serving = asyncio.get_running_loop().create_task(serve())
        yield
        stopping.set()
        await serving
        assert await client.until_events(subscription, count) == list(range(count))
        assert process.memory_info().rss - before < FLAT


HALF_A_REQUEST = b"GET /event/realtime HTTP/1.1\r\nHost: localhost\r\nUpgra"
HALF_A_HANDSHAKE = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


@pytest.mark.parametrize(
    ("tls", "beginning"), [(False, HALF_A_REQUEST), (True, HALF_A_HANDSHAKE)], ids=["plain", "tls"]
)
async def test_ten_thousand_half_open_connections(server: Served, tls: bool, beginning: bytes) -> None:
    await server.until_complete(2, 3)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    address = urlsplit(server.ready["httpsUrl"]).netloc if tls else server.addresses[0]
    host, port = "127.0.0.1", address.rsplit(":", 1)[1]
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []
    async with undisturbed(server):
        for number in range(10_000):
            silent = socket.socket()
            silent.setblocking(False)
            sockets.append(silent)
            await loop.sock_connect(silent, (host, int(port)))
            if number % 2:
                await loop.sock_sendall(silent, beginning)
        if tls:
            trust = ssl.create_default_context(cafile=server.ready["caFile"])
            connecting = Client.connect(server.ready["wssUrl"], server.api_key, ssl=trust)
        else:
            connecting = Client.connect(server.realtime_url(0), server.api_key)
        async with await connecting as honest:
            assert (await honest.publish("/default/honest", 1))["type"] == "publish_success"
    for silent in sockets:
        silent.close()


async def test_endless_headers_from_many(server: Served) -> None:
    host, port = server.addresses[0].rsplit(":", 1)

    async def attack() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        answer = asyncio.get_running_loop().create_task(reader.read())
        try:
            writer.write(b"POST /event HTTP/1.1\r\n")
            while not answer.done() and not writer.transport.is_closing():
                writer.write(b"x: " + b"y" * 1000 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
            await asyncio.gather(answer, return_exceptions=True)

    async with undisturbed(server):
        await asyncio.gather(*(attack() for _ in range(10)))
