"""Python, Node, curl and Chromium verify the server's certificates for the names that clients use."""

import asyncio
import json
import ssl
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.support.browser import Browser
from tests.support.node import run_node
from tests.support.served import Served

NAMES = ("localhost", "an API")
"""As in a test's id: this machine, and the standard domain of an API, `<26 characters>.appsync-api.…`."""


@pytest.fixture(params=NAMES)
def host(request: pytest.FixtureRequest, server: Served) -> str:
    if request.param == "localhost":
        return "localhost"
    api_id = server.ready["apiId"]
    assert len(api_id) == 26
    return f"{api_id}.appsync-api.us-east-1.localhost"


@pytest.fixture
def url(host: str, server: Served) -> str:
    return f"https://{host}:{server.tls_port}/event"


async def python(server: Served, host: str, tls: ssl.SSLContext) -> bytes:
    """The answer's first line to a publish by Python's own means."""
    body = json.dumps({"channel": "/default/tls", "events": ["1"]}).encode()
    head = [f"POST /event HTTP/1.1\r\nhost: {host}:{server.tls_port}", f"x-api-key: {server.api_key}"]
    head += [f"content-length: {len(body)}", "connection: close", "", ""]
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.tls_port, ssl=tls, server_hostname=host
    )
    try:
        writer.write("\r\n".join(head).encode() + body)
        return await reader.readline()
    finally:
        writer.close()


async def test_python(server: Served, host: str) -> None:
    trusting = ssl.create_default_context(cafile=server.ca_file)
    assert await python(server, host, trusting) == b"HTTP/1.1 200 OK\r\n"
    with pytest.raises(ssl.SSLCertVerificationError):
        await python(server, host, ssl.create_default_context())


async def test_node(server: Served, url: str) -> None:
    arguments = ("verify.mjs", url, server.api_key, "/default/tls")
    assert (await run_node(*arguments, ca_file=server.ca_file)).out == "200"
    assert (await run_node(*arguments, ca_file=None)).out in (
        "SELF_SIGNED_CERT_IN_CHAIN",
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    )


async def curl(server: Served, host: str, url: str, ca_file: Path | None) -> tuple[int, str]:
    """The exit code, and the answer's status."""
    options = ["--resolve", f"{host}:{server.tls_port}:127.0.0.1", "--write-out", "%{http_code}"]
    options += ["--silent", "--output", "/dev/null", "--header", f"x-api-key: {server.api_key}"]
    options += ["--data", json.dumps({"channel": "/default/tls", "events": ["1"]})]
    options += [] if ca_file is None else ["--cacert", str(ca_file)]
    process = await asyncio.create_subprocess_exec("curl", *options, url, stdout=PIPE)
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_curl(server: Served, host: str, url: str) -> None:
    assert await curl(server, host, url, server.ca_file) == (0, "200")
    unverified = 60  # CURLE_PEER_FAILED_VERIFICATION
    assert await curl(server, host, url, None) == (unverified, "000")


async def test_chromium(browser: Browser, url: str) -> None:
    page = url.removesuffix("/event") + "/healthz"
    visit = await browser.visit({"goto": page}, {"give": "document.body.innerText"})
    assert (visit.error, visit.given) == (None, ["ok"])


async def test_chromium_without_the_authority(tmp_path: Path, server: Served) -> None:
    visit = await Browser(tmp_path).visit({"goto": f"https://localhost:{server.tls_port}/healthz"})
    assert "ERR_CERT_AUTHORITY_INVALID" in str(visit.error)
