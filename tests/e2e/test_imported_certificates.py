"""Certificates that are imported: what clients of a custom domain see from its making to its end."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest_asyncio

from eventray_cluster.certificates.source import OpenCertificatesAt
from tests.support.certificates import write_given
from tests.support.client import Client
from tests.support.management import Management, appsync
from tests.support.rig import Rig, running, until
from tests.support.signed_http import SignedHttp

DOMAIN = "events.example.com"
SOON = datetime(2100, 1, 1, tzinfo=UTC)
LATER = SOON + timedelta(days=1)


@dataclass
class Issued:
    """A certificate for the domain that a client may trust."""

    certificate: str
    key: str

    @property
    def trust(self) -> ssl.SSLContext:
        """Of a client that trusts this one only."""
        return ssl.create_default_context(cadata=self.certificate)

    @property
    def der(self) -> bytes:
        """As a client gets it."""
        return ssl.PEM_cert_to_DER_cert(self.certificate)

    async def sent(self, http: SignedHttp, **members: str) -> str:
        """Import it; returns its ARN."""
        body = {"certificate": self.certificate, "privateKey": self.key, **members}
        arn: str = (await http.post("/eventray/certificates", body))["certificate"]["certificateArn"]
        return arn


def issue(folder: Path, end: datetime = SOON) -> Issued:
    certificate, key = write_given(folder, DOMAIN, end=end)
    return Issued(certificate.read_text(), key.read_text())


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Two gateways with a local authority."""
    places = OpenCertificatesAt(tmp_path / "data")
    async with running(tmp_path / "data", gateways=2, shards=1, certificates=places) as service:
        yield service


async def shown(rig: Rig, gateway: int) -> bytes:
    """The certificate for the domain, whether or not it can be trusted."""
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(
        "127.0.0.1", rig.tls_ports[gateway], ssl=anything, server_hostname=DOMAIN
    )
    certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return certificate


async def shown_by_all(rig: Rig) -> set[bytes]:
    return {await shown(rig, gateway) for gateway in range(len(rig.gateways))}


async def connect(rig: Rig, key: str, trust: ssl.SSLContext) -> Client:
    """Connect to the domain."""
    url = f"wss://{DOMAIN}:{rig.tls_ports[0]}/event/realtime"
    return await Client.connect(url, key, ssl=trust, host="127.0.0.1", server_hostname=DOMAIN)


async def expiry(rig: Rig) -> float | None:
    """When the domain's certificate ends, as `/metrics` says."""
    start = f'eventray_certificate_expires_timestamp_seconds{{name="{DOMAIN}"}} '
    async with httpx.AsyncClient(trust_env=False) as http:
        lines = (await http.get(f"{rig.control_url()}/metrics")).text.splitlines()
    return next((float(line.removeprefix(start)) for line in lines if line.startswith(start)), None)


async def expires(rig: Rig, moment: datetime | None) -> None:
    wanted = None if moment is None else moment.timestamp()

    async def is_so() -> bool:
        return await expiry(rig) == wanted

    await until(is_so)


async def test_a_custom_domain_with_an_imported_certificate(rig: Rig, tmp_path: Path) -> None:
    manage = Management(appsync(rig))
    api_id = await manage.new_api()
    await manage.create_channel_namespace(apiId=api_id, name="news")
    key = await manage.new_key(api_id)
    first, renewed = issue(tmp_path), issue(tmp_path, LATER)
    async with SignedHttp(rig) as http:
        without = await shown_by_all(rig)
        arn = await first.sent(http)
        await manage.create_domain_name(domainName=DOMAIN, certificateArn=arn)
        assert await shown_by_all(rig) == without
        await manage.associate_api(domainName=DOMAIN, apiId=api_id)
        # What the answer promises holds at every gateway.
        assert await shown_by_all(rig) == {first.der}
        await expires(rig, SOON)
        async with await connect(rig, key, first.trust) as client:
            subscription = await client.subscribe("/news/*")
            assert await renewed.sent(http, certificateArn=arn) == arn
            assert await shown_by_all(rig) == {renewed.der}
            await expires(rig, LATER)
            async with await connect(rig, key, renewed.trust) as another:
                assert (await another.publish("/news/a", 1))["type"] == "publish_success"
            assert await client.until_events(subscription, 1) == [1]
            assert (await client.publish("/news/a", 2))["type"] == "publish_success"
        await manage.disassociate_api(domainName=DOMAIN)
        assert await shown_by_all(rig) == without
        await expires(rig, None)
        await manage.delete_domain_name(domainName=DOMAIN)
        assert (await http.ask("DELETE", f"/eventray/certificates/{arn.rpartition('/')[2]}")).is_success


async def test_certificates_outlive_the_directory_and_reach_who_comes_later(rig: Rig, tmp_path: Path) -> None:
    manage, issued = Management(appsync(rig)), issue(tmp_path)
    async with SignedHttp(rig) as http:
        arn = await issued.sent(http)
    await manage.create_domain_name(domainName=DOMAIN, certificateArn=arn)
    await manage.associate_api(domainName=DOMAIN, apiId=rig.api_id)
    assert rig.directory is not None
    await rig.directory.stop()
    rig.start_directory()
    await rig.until_ready()
    await rig.start_gateway()
    await rig.until_ready()
    assert await shown_by_all(rig) == {issued.der}
