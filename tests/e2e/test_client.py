"""The client and the commands with a real server: found through its ready file, and from inside its Ray."""

import asyncio
import json
import sys
from pathlib import Path
from textwrap import indent

import pytest

from eventray_client import EventsClient
from tests.support.client import PATIENCE
from tests.support.commands import Shell, finish, until_said
from tests.support.served import Served

INSIDE_RAY = """
import asyncio, sys
from pathlib import Path
from eventray_cluster.ray_environment import prepare_ray_environment

prepare_ray_environment(Path(sys.argv[2]))  # a private Ray wants its token, and the loopback interface
import ray
from eventray_client import EventsClient

async def main():
    async with EventsClient() as events, events.subscribe("/default/inside") as subscription:
        await events.publish("/default/inside", "from a driver")
        async with asyncio.timeout(20):
            print(await anext(subscription))

ray.init(sys.argv[1], log_to_driver=False)
asyncio.run(main())
"""


async def test_the_ready_file_is_enough_for_client_and_commands(server: Served, tmp_path: Path) -> None:
    ready = server.folder / "ready.json"
    shell = Shell(tmp_path, {"EVENTRAY_READY_FILE": str(ready)})
    subscriber = await shell.start("subscribe", "/default/*", "--count", "2")
    await until_said(subscriber, "subscribed")
    assert (await shell.run("publish", "/default/e2e", '{"n": 1}')).code == 0
    async with EventsClient(ready_file=ready) as events:
        assert (await events.publish("/default/e2e", {"n": 2}, transport="websocket")).ok
    heard = await finish(subscriber)
    assert (heard.code, heard.lines()) == (0, [{"n": 1}, {"n": 2}])


async def test_a_servers_data_directory_is_enough_for_the_commands(server: Served, tmp_path: Path) -> None:
    data = str(server.folder / "data")
    for shell, options in (
        (Shell(tmp_path, {"EVENTRAY_DATA_DIR": data}), ()),
        (Shell(tmp_path, {}), ("--data-dir", data)),
    ):
        published = await shell.run("publish", "/default/e2e", '{"n": 1}', *options)
        assert (published.code, published.err) == (0, "")
        told = json.loads((await shell.run("env", "--format", "json", *options)).out)
        assert (told["httpUrl"], told["apiKey"]) == (server.ready["httpUrl"], server.api_key)


async def test_env_tells_what_the_ready_file_says(server: Served, tmp_path: Path) -> None:
    shell = Shell(tmp_path, {"EVENTRAY_READY_FILE": str(server.folder / "ready.json")})
    printed = (await shell.run("env", "--format", "amplify")).out
    assert indent(printed, "    ") in server.output  # the start text has it, too
    events = json.loads(printed)["API"]["Events"]
    assert (events["endpoint"], events["region"]) == (server.ready["httpsUrl"], server.ready["region"])
    assert (events["apiKey"], events["defaultAuthMode"]) == (server.api_key, "apiKey")


@pytest.mark.parametrize(
    ("format_", "prefix", "key"),
    [("dotenv", "", "httpUrl"), ("vite", "VITE_", "httpsUrl"), ("next", "NEXT_PUBLIC_", "httpsUrl")],
)
async def test_apps_in_browsers_are_told_the_endpoint_with_tls(
    server: Served, tmp_path: Path, format_: str, prefix: str, key: str
) -> None:
    shell = Shell(tmp_path, {"EVENTRAY_READY_FILE": str(server.folder / "ready.json")})
    told = (await shell.run("env", "--format", format_)).out.splitlines()
    assert f"{prefix}EVENTRAY_HTTP_URL={server.ready[key]}" in told


async def test_a_program_in_the_servers_ray_needs_to_be_told_nothing(server: Served, tmp_path: Path) -> None:
    data = server.folder / "data"
    running = json.loads((data / "running.json").read_text())
    shell = Shell(tmp_path, {"RAY_USAGE_STATS_ENABLED": "0"})
    async with asyncio.timeout(3 * PATIENCE):
        outcome = await shell.run(sys.executable, "-c", INSIDE_RAY, running["rayAddress"], str(data))
    assert (outcome.code, outcome.out.strip()) == (0, "from a driver"), outcome.err
