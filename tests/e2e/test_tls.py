"""The whole service over TLS, with clients that check certificates as people's do."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from eventray_cluster.certificates.source import OpenCertificatesAt
from tests.support.certificates import trusting, write_given
from tests.support.client import Client, Publisher
from tests.support.rig import Rig, running, until


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Two gateways with a local authority."""
    async with running(tmp_path, gateways=2, certificates=OpenCertificatesAt(tmp_path)) as service:
        yield service


def url(rig: Rig, gateway: int = 0, scheme: str = "https") -> str:
    path = "/event" if scheme == "https" else "/event/realtime"
    return f"{scheme}://localhost:{rig.tls_ports[gateway]}{path}"


async def certificate_of(rig: Rig, name: str, gateway: int = 0, trust: ssl.SSLContext | None = None) -> bytes:
    """What a gateway shows to whoever asks for that name, and trusts it."""
    _, writer = await asyncio.open_connection(
        "127.0.0.1", rig.tls_ports[gateway], ssl=trust or trusting(rig.data_dir), server_hostname=name
    )
    certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return certificate


async def test_publish_and_subscribe(rig: Rig) -> None:
    tls = trusting(rig.data_dir)
    client = await Client.connect(url(rig, 0, "wss"), rig.api_key, ssl=tls)
    async with client, Publisher(url(rig, 1), rig.api_key, tls) as publisher:
        subscription = await client.subscribe("/default/*")
        assert (await publisher.publish("/default/a", 1, 2)).status_code == 200
        assert (await client.publish("/default/b", 3))["type"] == "publish_success"
        assert await client.until_events(subscription, 3) == [1, 2, 3]


async def test_large_events_and_many_of_them(rig: Rig) -> None:
    tls = trusting(rig.data_dir)
    client = await Client.connect(url(rig, 0, "wss"), rig.api_key, ssl=tls)
    async with client, Publisher(url(rig, 1), rig.api_key, tls) as publisher:
        subscriptions = [await client.subscribe("/default/*") for _ in range(20)]
        large = "x" * 200_000
        for number in range(10):
            assert (await publisher.publish("/default/a", number, large)).status_code == 200
        for subscription in subscriptions:
            events = await client.until_events(subscription, 20)
            assert events == [each for number in range(10) for each in (number, large)]


async def test_an_api_has_its_host_names(rig: Rig) -> None:
    assert rig.directory is not None
    api = rig.directory._catalog.default
    assert api is not None
    tls = trusting(rig.data_dir)
    host = f"{api.dns_id}.appsync-api.us-east-1.localhost"
    async with httpx.AsyncClient(verify=tls, trust_env=False) as http:
        answer = await http.post(
            f"https://127.0.0.1:{rig.tls_ports[0]}/event",
            headers={"host": host, "x-api-key": rig.api_key},
            json={"channel": "/default/a", "events": ["1"]},
            extensions={"sni_hostname": host},
        )
    assert answer.status_code == 200, answer.text
    realtime = host.replace("appsync-api", "appsync-realtime-api")
    client = await Client.connect(
        f"wss://{realtime}:{rig.tls_ports[0]}/event/realtime",
        rig.api_key,
        ssl=tls,
        host="127.0.0.1",
        server_hostname=realtime,
    )
    async with client:
        await client.subscribe("/default/*")


async def test_all_gateways_show_the_same_certificate_before_and_after_a_restart(
    rig: Rig, tmp_path: Path
) -> None:
    names = ["localhost", "x.localhost"]
    first = [await certificate_of(rig, name, gateway) for name in names for gateway in (0, 1)]
    assert len(set(first)) == len(names)
    await rig.start_gateway()
    await rig.until_ready()
    assert [await certificate_of(rig, name, 2) for name in names] == [first[0], first[2]]


async def test_gateways_go_on_while_the_directory_is_away(rig: Rig) -> None:
    before = await certificate_of(rig, "localhost")
    assert rig.directory is not None
    await rig.directory.stop()
    rig.directory = None
    assert await certificate_of(rig, "y.localhost")
    rig.start_directory()
    await rig.until_ready()
    assert await certificate_of(rig, "localhost") == before


async def test_the_gateway_can_tell_the_certificate_to_trust(rig: Rig) -> None:
    assert [gateway.ca_pem for gateway in rig.gateways] == [
        (rig.data_dir / "tls" / "ca.pem").read_bytes()
    ] * 2
    assert rig.directory is not None
    assert (await rig.directory.welcome())["caPem"].encode() == rig.gateways[0].ca_pem


async def test_no_key_is_told_to_those_who_ask(rig: Rig) -> None:
    assert rig.directory is not None
    told = [await rig.directory.welcome(), await rig.directory.status()]
    told += [await gateway.status() for gateway in rig.gateways]
    assert "PRIVATE KEY" not in json.dumps(told)


async def test_a_renewed_certificate_is_shown_and_no_connection_is_closed(tmp_path: Path) -> None:
    given = tmp_path / "given"
    places = OpenCertificatesAt(tmp_path / "data", "localhost", *write_given(given, "api.example.com"))
    async with running(tmp_path / "data", gateways=1, certificates=places) as rig:
        client = await Client.connect(url(rig, 0, "wss"), rig.api_key, ssl=trusting(rig.data_dir))
        trust = ssl.create_default_context(cafile=given / "given.pem")
        async with (
            client,
            Publisher(f"https://127.0.0.1:{rig.tls_ports[0]}/event", rig.api_key, trust) as publisher,
        ):
            publisher.http.headers["host"] = "api.example.com"
            subscription = await client.subscribe("/default/*")
            options = {"sni_hostname": "api.example.com"}
            body = {"channel": "/default/a", "events": ["1"]}
            assert (
                await publisher.http.post(publisher.url, json=body, extensions=options)
            ).status_code == 200
            before = await certificate_of(rig, "api.example.com", trust=trust)
            write_given(given, "api.example.com")
            renewed = ssl.create_default_context(cafile=given / "given.pem")

            async def is_new() -> bool:
                try:
                    return await certificate_of(rig, "api.example.com", trust=renewed) != before
                except ssl.SSLCertVerificationError:
                    return False

            await until(is_new)
            # The client that trusts the old one only is still served, on the connection that it has.
            body = {"channel": "/default/a", "events": ["2"]}
            assert (
                await publisher.http.post(publisher.url, json=body, extensions=options)
            ).status_code == 200
            assert await client.until_events(subscription, 2) == [1, 2]
            assert not client.is_closed
            await certificate_of(rig, "localhost")


async def test_a_new_certificate_that_cannot_be_used_changes_nothing(tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path / "given", "api.example.com")
    places = OpenCertificatesAt(tmp_path / "data", "localhost", certificate, key)
    async with running(tmp_path / "data", gateways=1, certificates=places) as rig:
        trust = ssl.create_default_context(cafile=certificate)
        before = await certificate_of(rig, "api.example.com", trust=trust)
        certificate.write_text("nonsense")
        assert rig.directory is not None
        feed = rig.directory._feed
        assert feed is not None

        async def is_told() -> bool:
            return bool(feed._complaint)

        await until(is_told)
        assert "holds no certificate" in feed._complaint
        assert await certificate_of(rig, "api.example.com", trust=trust) == before


async def test_a_stopped_gateway_says_goodbye(rig: Rig) -> None:
    client = await Client.connect(url(rig, 0, "wss"), rig.api_key, ssl=trusting(rig.data_dir))
    async with client:
        await client.subscribe("/default/*")
        await rig.gateways[0].drain(5)
        await client.until_closed()
        assert client.socket.close_code == 1001
        assert not rig.gateways[0].is_ready()
