"""`eventray serve --address`: on a cluster that was there before, and is there afterwards."""

import socket
import ssl

import pytest

from tests.support.client import Client, Publisher
from tests.support.ray_cluster import ray_cluster
from tests.support.served import serving


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return str(probe.getsockname()[1])


@pytest.mark.timeout(300)
async def test_a_joined_cluster_serves_and_outlives_the_service() -> None:
    with ray_cluster() as address:
        for _ in range(2):
            ports = ["--port", free_port(), "--tls-port", free_port()]
            with serving("--address", address, "--gateways", "2", *ports) as service:
                async with (
                    Client.connect_to(service, 0) as client,
                    Publisher(service.url(1), service.api_key) as publisher,
                ):
                    subscription = await client.subscribe("/default/*")
                    assert (await publisher.publish("/default/joined", "heard")).status_code == 200
                    assert await client.until_events(subscription, 1) == ["heard"]
                    trust = ssl.create_default_context(cafile=service.ready["caFile"])
                    secure = Publisher(service.ready["httpsUrl"], service.api_key, verify=trust)
                    async with secure as publisher:
                        assert (await publisher.publish("/default/joined", "safe")).status_code == 200
                    assert await client.until_events(subscription, 2) == ["heard", "safe"]
            assert service.process.returncode == 0, service.output
