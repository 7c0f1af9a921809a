"""What the service's announcement shows for a browser runs as it is, its three constants apart."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eventray_cluster.certificates.folder import open_authority
from eventray_gateway.tls.contexts import make_context
from eventray_gateway.tls.leaf import LeafSigner
from tests.support.browser import Browser, Visit
from tests.support.served import Served
from tests.support.web_page import serving_pages

VITE_PORT = 5173
EVENT = {"message": "Hello World! Introducing AWS AppSync Events!"}


@pytest.fixture
def pages(server: Served) -> dict[str, str]:
    """The page with its constants filled in."""
    text = (Path(__file__).parent / "announcement.html").read_text("utf-8")
    domain = f"localhost:{server.tls_port}"
    constants = {"REALTIME_DOMAIN": domain, "HTTP_DOMAIN": domain, "API_KEY": server.api_key}
    for name, value in constants.items():
        text = text.replace(f"<{name}>", value)
    return {"/": text}


async def run(browser: Browser, url: str) -> Visit:
    """Open the page; wait until it has both the event and the answer to its publish."""
    return await browser.visit(
        {"goto": url},
        {"until": "#frames:has(.data):has(.response)"},
        {"give": "location.origin"},
        {"give": "[...document.querySelectorAll('#frames li')].map((e) => JSON.parse(e.textContent))"},
    )


def shows_the_event(visit: Visit, origin: str) -> None:
    assert (visit.error, visit.console) == (None, [])
    assert visit.given[0] == origin
    frames = visit.given[1]
    assert [frame["type"] for frame in frames[:3]] == ["connection_ack", "ka", "subscribe_success"]
    by_type = {frame["type"]: frame for frame in frames}
    assert json.loads(by_type["data"]["event"]) == EVENT
    assert by_type["data"]["id"] == by_type["subscribe_success"]["id"]
    response = by_type["response"]
    assert (response["status"], len(response["successful"]), response["failed"]) == (200, 1, [])


async def test_on_a_page_of_a_development_server(browser: Browser, pages: dict[str, str]) -> None:
    with serving_pages(pages, VITE_PORT):
        visit = await run(browser, f"http://localhost:{VITE_PORT}/")
    shows_the_event(visit, f"http://localhost:{VITE_PORT}")


async def test_on_a_page_over_https(browser: Browser, server: Served, pages: dict[str, str]) -> None:
    issuer = open_authority(server.folder / "data", "localhost", socket.gethostname(), datetime.now(UTC))
    tls = make_context(LeafSigner(issuer).sign(["localhost"]))
    with serving_pages(pages, tls=tls) as port:
        visit = await run(browser, f"https://localhost:{port}/")
    shows_the_event(visit, f"https://localhost:{port}")
