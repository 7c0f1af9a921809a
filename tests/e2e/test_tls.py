"""The whole service over TLS, with clients that check certificates as people's do."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from eventray_cluster.certificates.folder import ca_file
from eventray_cluster.certificates.source import OpenCertificatesAt
from tests.support.client import Client
from tests.support.rig import Rig, running


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Two gateways with a local authority."""
    async with running(tmp_path, gateways=2, certificates=OpenCertificatesAt(tmp_path)) as service:
        yield service


def trusting(rig: Rig) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file(rig.data_dir))


async def test_publish_and_subscribe(rig: Rig) -> None:
    tls = trusting(rig)
    urls = [f"localhost:{port}/event" for port in rig.tls_ports]
    async with (
        await Client.connect(f"wss://{urls[0]}/realtime", rig.api_key, ssl=tls) as client,
        httpx.AsyncClient(verify=tls, headers={"x-api-key": rig.api_key}, trust_env=False) as http,
    ):
        subscription = await client.subscribe("/default/*")
        for number, url in enumerate(urls):
            answer = await http.post(
                f"https://{url}", json={"channel": "/default/a", "events": [str(number)]}
            )
            assert answer.status_code == 200
        assert (await client.publish("/default/b", 2))["type"] == "publish_success"
        assert await client.until_events(subscription, 3) == [0, 1, 2]
