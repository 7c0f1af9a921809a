"""Each example runs as its reader would run it."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.commands import Shell
from tests.support.rig import Rig, running

from eventray_client import EventsClient

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path / "rig", shards=1) as service:
        yield service


@pytest.fixture
def shell(rig: Rig, tmp_path: Path) -> Shell:
    return Shell(tmp_path, {"EVENTRAY_HTTP_URL": rig.url(), "EVENTRAY_API_KEY": rig.api_key})


async def test_python(shell: Shell) -> None:
    outcome = await shell.run(sys.executable, str(EXAMPLES / "python/publish_and_subscribe.py"))
    assert (outcome.code, outcome.err) == (0, "")
    accepted, received = outcome.out.splitlines()
    assert accepted.startswith("accepted: ['")
    assert received == "received: {'hello': 'world'}"


async def test_python_without_a_server_says_so(tmp_path: Path) -> None:
    example = str(EXAMPLES / "python/publish_and_subscribe.py")
    outcome = await Shell(tmp_path, {}).run(sys.executable, example)
    assert (outcome.code, len(outcome.err.splitlines())) == (1, 1)


async def test_shell(rig: Rig, shell: Shell) -> None:
    event = {"text": 'a "quoted" \\ word\n', "list": [1, None]}
    async with (
        EventsClient(rig.url(), api_key=rig.api_key) as events,
        events.subscribe("/default/greetings") as subscription,
    ):
        script = str(EXAMPLES / "shell/publish.sh")
        outcome = await shell.run(script, "/default/greetings", json.dumps(event, indent=1))
        assert (outcome.code, len(json.loads(outcome.out)["successful"])) == (0, 1)
        assert await anext(subscription) == event


async def test_shell_fails_when_the_server_refuses(shell: Shell) -> None:
    outcome = await shell.run(str(EXAMPLES / "shell/publish.sh"), "/default/a b", "1")
    assert outcome.code != 0
    assert "Invalid Channel Format" in outcome.out
