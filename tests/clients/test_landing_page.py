"""The page at `/` in a browser."""

import ssl

import httpx

from tests.support.browser import Browser
from tests.support.served import Served

EVENTS = (
    "[...document.querySelectorAll('#events span')].map((event) => JSON.parse(event.textContent).message)"
)
STATUS = "document.querySelector('#status').textContent"
HINT = "document.querySelector('#hint').textContent"


def page(server: Served) -> str:
    return f"https://localhost:{server.tls_port}/"


async def test_with_the_key_in_its_address_it_is_connected_and_shows_an_event(
    browser: Browser, server: Served
) -> None:
    visit = await browser.visit(
        {"goto": f"{page(server)}#key={server.api_key}"},
        {"until": "[data-state=connected] #events li"},
        {"click": "#publish"},
        {"until": "#events li:nth-child(2)"},
        {"give": STATUS},
        {"give": EVENTS},
        {"give": "location.href"},
        {"goto": page(server)},  # the tab still knows the key
        {"until": "[data-state=connected] #events li"},
    )
    assert (visit.error, visit.console) == (None, [])
    status, events, address = visit.given
    assert (status, events) == ("connected", ["Hello from this page"] * 2)
    assert address == page(server)  # without the key


async def test_it_asks_for_the_key_and_says_when_it_is_wrong(browser: Browser, server: Served) -> None:
    visit = await browser.visit(
        {"goto": page(server)},
        {"give": STATUS},
        {"fill": ["#key", "da2-wrong"]},
        {"click": "#key-form button"},
        {"until": "[data-state=refused]"},
        {"give": HINT},
        {"fill": ["#key", server.api_key]},
        {"click": "#key-form button"},
        {"until": "[data-state=connected] #events li"},
        {"give": HINT},
    )
    assert (visit.error, visit.console) == (None, [])
    before, refusal, after = visit.given
    assert before == "needs an API key"
    assert "UnauthorizedException" in refusal
    assert after == ""


async def test_a_stranger_learns_no_key_and_gets_the_authority(server: Served) -> None:
    tls = ssl.create_default_context(cafile=server.ca_file)
    async with httpx.AsyncClient(verify=tls, trust_env=False) as http:
        found = await http.get(page(server))
        authority = await http.get(f"{page(server)}ca.pem")
    assert found.status_code == 200
    assert server.api_key not in found.text
    assert authority.content == server.ca_file.read_bytes()
    assert authority.headers["content-type"] == "application/x-x509-ca-cert"
    assert b"PRIVATE" not in authority.content
