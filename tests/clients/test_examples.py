"""The examples that need a browser or Node, as their readers run them."""

import json
import sys
from pathlib import Path

import pytest

from tests.clients.conftest import configuration_of
from tests.support.browser import Browser
from tests.support.commands import Shell
from tests.support.node import CLIENTS, run_node
from tests.support.served import Served
from tests.support.web_page import serving_pages

EXAMPLES = Path(__file__).parents[2] / "examples"


async def test_amplify(server: Served, tmp_path: Path) -> None:
    script = "publish_and_subscribe.mjs"
    (tmp_path / script).write_text((EXAMPLES / "amplify" / script).read_text("utf-8"))
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    (tmp_path / "eventray.json").write_text(await configuration_of(server, tmp_path))
    outcome = await run_node(script, "eventray.json", ca_file=server.ca_file, folder=tmp_path)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "received: { hello: 'over HTTP' }",
        "received: { hello: 'over WebSocket' }",
    ]


def test_amplify_asks_for_the_versions_that_are_tested() -> None:
    wanted = json.loads((EXAMPLES / "amplify/package.json").read_text("utf-8"))["dependencies"]
    tested = json.loads((CLIENTS / "package.json").read_text("utf-8"))["dependencies"]
    assert wanted == {name: f"^{tested[name]}" for name in wanted}


@pytest.fixture
def chat() -> dict[str, str]:
    return {"/": (EXAMPLES / "browser/index.html").read_text("utf-8")}


async def test_browser(browser: Browser, server: Served, chat: dict[str, str]) -> None:
    with serving_pages(chat) as port:
        address = f"http://localhost:{port}/#host=localhost:{server.tls_port}&key="
        visit = await browser.visit(
            {"goto": address + server.api_key},
            {"fill": ["#text", "<b>hello</b>"]},
            {"click": "button"},
            {"until": "#messages li"},
            {"give": "document.querySelector('#messages li').textContent"},
            {"give": "document.querySelector('#status').textContent"},
            {"goto": "about:blank"},
            {"goto": address + "da2-wrong"},
            {"until": "#status:has-text('refused: UnauthorizedException')"},
        )
    assert (visit.error, visit.console) == (None, [])
    assert visit.given == ["<b>hello</b>", f"connected to localhost:{server.tls_port}"]


async def test_python_and_shell_over_tls(server: Served, tmp_path: Path) -> None:
    variables = {
        "EVENTRAY_HTTP_URL": server.ready["httpsUrl"],
        "EVENTRAY_API_KEY": server.api_key,
        "EVENTRAY_CA_FILE": str(server.ca_file),
    }
    shell = Shell(tmp_path, variables)
    python = await shell.run(sys.executable, str(EXAMPLES / "python/publish_and_subscribe.py"))
    assert (python.code, python.err) == (0, "")
    assert python.out.splitlines()[-1] == "received: {'hello': 'world'}"
    published = await shell.run(str(EXAMPLES / "shell/publish.sh"), "/default/greetings", '{"hello":"world"}')
    assert (published.code, len(json.loads(published.out)["successful"])) == (0, 1)
