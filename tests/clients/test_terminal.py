"""The commands in two terminals, as people see them."""

import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.support.served import EVENTRAY, Served
from tests.support.terminal import Terminal, terminals

ENDED = r"^exit \d+$"


@pytest_asyncio.fixture
async def windows(server: Served) -> AsyncIterator[list[Terminal]]:
    """Two, in which `eventray` is known and the server's data directory is named."""
    environment = {
        "PATH": f"{EVENTRAY.parent}:/usr/bin:/bin",
        "HOME": str(server.folder),
        "EVENTRAY_DATA_DIR": str(server.folder / "data"),
    }
    with tempfile.TemporaryDirectory(prefix="er-") as folder:  # a socket's path must be short
        async with terminals(Path(folder), environment, "one", "two") as opened:
            yield opened


async def test_one_publishes_and_the_other_shows(windows: list[Terminal]) -> None:
    left, right = windows
    await left.type("eventray subscribe '/default/*'; echo exit $?")
    await left.until(r"^eventray: subscribed to /default/\*$")
    await right.type("""eventray publish /default/terminal '{"hello": "world", "n": 1}' '"text"'""")
    await right.until("^✓ 2 events published to /default/terminal$")
    shown = await left.until(r'"text"$')
    events = [line for line in shown.splitlines() if re.match(r"\d\d:\d\d:\d\d", line)]
    assert [re.sub(r"^[\d:]{8}", "TIME", line) for line in events] == [
        'TIME  /default/*  {"hello": "world", "n": 1}',
        'TIME  /default/*  "text"',
    ]
    coloured = await left.screen(colours=True)
    assert re.search(r"\x1b\[36m/default/\*", coloured), "the channel has no colour"
    await left.interrupt()
    await left.until(r"^\^C\nexit 130$")


async def test_what_is_wrong_is_said_in_one_line(windows: list[Terminal]) -> None:
    cases = [
        ("publish --api-key da2-wrong /default/a 1", "The server does not accept the API key", 1),
        ("publish /nobody/a 1", "Channel '/nobody/a': its namespace does not exist", 1),
        ("publish '/default/a b' 1", "'/default/a b' is not a channel that can be used here.", 2),
        ("publish /default/a hello", "Event 1 is not JSON", 2),
        ("publish --http-url http://localhost:1/event --api-key k /default/a 1", "connection refused", 3),
        (
            "publish --data-dir /nowhere /default/a 1",
            "/nowhere/running.json does not say where a server is",
            3,
        ),
        ("subscribe --api-key da2-wrong '/default/*'", "The server does not accept the API key", 1),
        ("subscribe '/nobody/*'", "Channel '/nobody/*': its namespace does not exist", 1),
        ("subscribe --http-url http://localhost:1/event --api-key k '/default/*'", "connection refused", 3),
    ]
    for number, (arguments, sentence, code) in enumerate(cases):
        window = windows[number % 2]
        await window.type(f"eventray {arguments}; echo exit $?")
        screen = await window.until(ENDED)
        _typed, said, end, *_rest = screen.splitlines()
        assert said.startswith("eventray: "), screen
        assert sentence in said, screen
        assert end == f"exit {code}", screen
        await window.clear()
