import asyncio
import json
import os
import pty
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.client import PATIENCE
from tests.support.commands import Shell, finish, until_said
from tests.support.rig import Rig, running
from tests.support.served import EVENTRAY

from eventray_client import EventsClient


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path / "rig", shards=1) as service:
        yield service


@pytest.fixture
def shell(rig: Rig, tmp_path: Path) -> Shell:
    return Shell(tmp_path, {"EVENTRAY_HTTP_URL": rig.url(), "EVENTRAY_API_KEY": rig.api_key})


@pytest.fixture
async def events(rig: Rig) -> AsyncIterator[EventsClient]:
    async with EventsClient(rig.url(), api_key=rig.api_key) as client:
        yield client


async def test_what_one_publishes_the_other_shows(shell: Shell) -> None:
    subscriber = await shell.start("subscribe", "/default/*", "--count", "7")
    await until_said(subscriber, "subscribed to /default/*")
    published = await shell.run("publish", "/default/a", *(f'{{"n":{n}}}' for n in range(6)))
    assert (published.code, published.err) == (0, "")
    assert [line["index"] for line in published.lines()] == list(range(6))
    assert len({line["identifier"] for line in published.lines()}) == 6
    assert (await shell.run("publish", "/default/b", '"seven"', "--websocket")).code == 0
    heard = await finish(subscriber)
    assert (heard.code, heard.lines()) == (0, [*({"n": n} for n in range(6)), "seven"])


async def test_standard_input_is_published_line_by_line(shell: Shell, events: EventsClient) -> None:
    async with events.subscribe("/default/a") as subscription, asyncio.timeout(2 * PATIENCE):
        publisher = await shell.start("publish", "/default/a", "-")
        assert publisher.stdin is not None
        publisher.stdin.write(b'{"first": 1}\n')
        assert await anext(subscription) == {"first": 1}  # while the input is still open
        outcome = await finish(publisher, "\n" + "".join(f"{n}\n" for n in range(12)))
        assert [await anext(subscription) for _ in range(12)] == list(range(12))
    assert (outcome.code, [line["index"] for line in outcome.lines()]) == (0, list(range(13)))


async def test_lines_before_a_bad_one_are_published(shell: Shell) -> None:
    outcome = await shell.run("publish", "/default/a", "-", given="1\n2\nhello\n4\n")
    assert outcome.code == 2
    assert outcome.err.startswith("eventray: Line 3 is not JSON: ")
    assert len(outcome.lines()) == 2


async def test_an_event_that_fails_is_told_and_counts(shell: Shell) -> None:
    outcome = await shell.run("publish", "/default/a", "-", given=f'1\n"{"x" * 250_000}"\n')
    assert outcome.code == 1
    assert [line.get("code") for line in outcome.lines()] == [None, "EventTooLargeException"]
    assert [line["index"] for line in outcome.lines()] == [0, 1]


@pytest.mark.parametrize(
    ("command", "code", "sentence"),
    [
        (["publish", "/default/a", "hello"], 2, "Event 1 is not JSON"),
        (["publish", "/default/a", "1", "-"], 2, "Give either events or '-'"),
        (["publish", "/default/a b", "1"], 2, "'/default/a b' is not a channel"),
        (["subscribe", "/a/*/b"], 2, "'/a/*/b' is not a channel"),
        (["publish", "/nowhere/a", "1"], 1, "Channel '/nowhere/a': its namespace does not exist"),
        (["subscribe", "/nowhere/*"], 1, "Channel '/nowhere/*': its namespace does not exist"),
        (["publish", "/default/a", "1", "--api-key", "da2-x"], 1, "does not accept the API key"),
        (["subscribe", "/default/a", "--api-key", "da2-x"], 1, "does not accept the API key"),
        (["publish", "/default/a", "1", "--http-url", "http://127.0.0.1:1/event"], 3, "connection refused"),
        (["subscribe", "/default/a", "--http-url", "http://127.0.0.1:1/event"], 3, "connection refused"),
        (["subscribe", "/default/a", "--http-url", "ftp://x"], 3, "is not a URL"),
        (["subscribe", "/default/a", "--ready-file", "missing.json"], 3, "does not say where a server is"),
        (["subscribe", "/default/a", "--data-dir", "missing"], 3, "does not say where a server is"),
    ],
)
async def test_what_is_wrong_is_one_sentence_and_a_code(
    shell: Shell, command: list[str], code: int, sentence: str
) -> None:
    outcome = await shell.run(*command)
    assert sentence in outcome.err
    assert (outcome.code, outcome.out, len(outcome.err.splitlines())) == (code, "", 1)
    assert outcome.err.startswith("eventray: ")


async def test_without_a_server_the_way_to_one_is_told(tmp_path: Path) -> None:
    outcome = await Shell(tmp_path, {}).run("publish", "/default/a", "1")
    assert outcome.code == 3
    assert "eventray serve" in outcome.err
    assert "EVENTRAY_HTTP_URL" in outcome.err


async def test_the_server_of_a_data_directory_is_found(rig: Rig, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    running_file = {"rayFolder": "", "httpUrl": rig.url(), "apiKey": rig.api_key}
    (data / "running.json").write_text(json.dumps(running_file))
    shell = Shell(tmp_path, {})
    assert (await shell.run("publish", "/default/a", "1", "--data-dir", str(data))).code == 0
    assert (
        await Shell(tmp_path, {"EVENTRAY_DATA_DIR": str(data)}).run("publish", "/default/a", "1")
    ).code == 0


async def test_time_runs_out_as_a_failure_only_if_events_were_wanted(shell: Shell) -> None:
    short = ("subscribe", "/default/a", "--timeout", "0.2")
    outcomes = await asyncio.gather(shell.run(*short), shell.run(*short, "--count", "1"))
    assert [(outcome.code, outcome.out) for outcome in outcomes] == [(0, ""), (1, "")]


async def test_the_channel_that_was_subscribed_to_can_be_shown(shell: Shell, events: EventsClient) -> None:
    command = ("subscribe", "/default/a", "/default/b/*", "--with-channel", "--count", "2")
    subscriber = await shell.start(*command)
    await until_said(subscriber, "subscribed to /default/a, /default/b/*")
    await events.publish_texts("/default/a", ['{\n"n": 1}'])
    await events.publish("/default/b/c", 2)
    lines = (await finish(subscriber)).lines()
    assert sorted(lines, key=str) == [
        {"channel": "/default/a", "event": {"n": 1}},
        {"channel": "/default/b/*", "event": 2},
    ]


async def test_control_c_ends_a_subscriber_without_a_trace(shell: Shell) -> None:
    subscriber = await shell.start("subscribe", "/default/a")
    await until_said(subscriber, "subscribed")
    subscriber.send_signal(signal.SIGINT)
    outcome = await finish(subscriber)
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "")


async def test_control_c_ends_a_publisher_that_waits_for_input(shell: Shell, events: EventsClient) -> None:
    async with events.subscribe("/default/a") as subscription, asyncio.timeout(PATIENCE):
        publisher = await shell.start("publish", "/default/a", "-")
        assert publisher.stdin is not None
        publisher.stdin.write(b"1\n")
        assert await anext(subscription) == 1
        publisher.send_signal(signal.SIGINT)
        assert await publisher.wait() == 130
        publisher.stdin.close()


async def test_a_lost_connection_is_told(rig: Rig, shell: Shell) -> None:
    subscriber = await shell.start("subscribe", "/default/a")
    await until_said(subscriber, "subscribed")
    await rig.gateways[0].drain()
    await until_said(subscriber, "Connecting again in")
    subscriber.send_signal(signal.SIGINT)
    assert (await finish(subscriber)).code == 130


async def test_a_terminal_gets_text_that_it_does_not_obey(shell: Shell, events: EventsClient) -> None:
    screen, terminal = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        str(EVENTRAY), "subscribe", "/default/*", "--count", "1",
        cwd=shell.folder, env={**shell.environment(), "TERM": "xterm"},
        stdout=terminal, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.close(terminal)
    await until_said(process, "subscribed")
    await events.publish("/default/a", {"title": "a\x9b2J[red]b"})
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 0
    shown = re.sub("\x1b\\[[0-9;]*m", "", os.read(screen, 10_000).decode())  # the colours are ours
    os.close(screen)
    assert shown.strip().endswith('/default/*  {"title":"a\\u009b2J[red]b"}')


async def test_env_prints_what_the_client_then_finds(rig: Rig, shell: Shell, tmp_path: Path) -> None:
    printed = await shell.run("env", "--region", "eu-west-1")
    assert printed.code == 0
    variables = dict(line.split("=", 1) for line in printed.out.splitlines())
    assert variables["EVENTRAY_REGION"] == "eu-west-1"
    assert (await Shell(tmp_path, variables).run("publish", "/default/a", "1")).code == 0


async def test_env_for_amplify_warns_of_an_endpoint_without_tls(rig: Rig, shell: Shell) -> None:
    outcome = await shell.run("env", "--format", "amplify")
    assert json.loads(outcome.out)["API"]["Events"]["endpoint"] == rig.url()
    assert (outcome.code, "TLS" in outcome.err) == (0, True)


async def test_the_commands_do_not_import_ray(shell: Shell) -> None:
    code = "import sys; import eventray_cluster.cli; sys.exit('ray' in sys.modules)"
    assert (await shell.run(sys.executable, "-c", code)).code == 0
