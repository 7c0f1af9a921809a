"""`aws-amplify` as it is published, under Node, over TLS that it verifies."""

import asyncio
import json
import os
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.clients.conftest import configuration_of
from tests.support.client import PATIENCE, Publisher
from tests.support.node import next_fact, run_node, start_node
from tests.support.served import Served, serving_in

THERE_AGAIN = 40.0
"""Seconds that Amplify may take for that."""


async def test_all_that_it_can_do(server: Served, amplify_configuration: str) -> None:
    outcome = await run_node("amplify_conversation.mjs", amplify_configuration, ca_file=server.ca_file)
    assert (outcome.code, outcome.err) == (0, "")
    told = json.loads(outcome.out)
    exact = [{"n": 1}, "two", 3, None, {"n": "over WebSocket"}]
    assert told["heard"] == {"exact": exact, "wildcard": [*exact, True, "after the unsubscribe"]}
    assert told["answers"] == [None, None, None]  # nothing failed
    assert told["refused"] == "UnauthorizedException"
    assert told["closed"] == "Channel is closed"
    assert told["states"] == ["Connecting", "Connected", "ConnectedPendingDisconnect", "Disconnected"]
    assert told["sockets"] == [{"url": server.ready["wssUrl"], "protocol": "aws-appsync-event-ws"}]


async def test_connecting_long_after_its_module_was_loaded(
    server: Served, amplify_configuration: str
) -> None:
    outcome = await run_node("amplify_late.mjs", amplify_configuration, ca_file=server.ca_file)
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == {"states": ["Connecting", "Connected"], "heard": ["still here"]}


@pytest.mark.timeout(300)
async def test_a_killed_server_that_was_started_again_has_its_subscription(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="er-") as name:
        folder = Path(name)
        with serving_in(folder, "--no-dashboard") as served:
            configuration = await configuration_of(served, tmp_path)
            ports = ["--port", str(served.port), "--tls-port", str(served.tls_port)]
            async with subscribed_client(served, configuration) as client:
                await publish(served, "before")
                await until_it_says(client, {"event": "before"})
                kill(served)
                await until_it_says(client, {"state": "ConnectionDisrupted"})
                with serving_in(folder, "--no-dashboard", *ports) as again:
                    await until_it_says(client, {"state": "Connected"}, THERE_AGAIN)
                    await until_subscribed(again)
                    await publish(again, "after")
                    await until_it_says(client, {"event": "after"})


@asynccontextmanager
async def subscribed_client(served: Served, configuration: str) -> AsyncIterator[Process]:
    client = await start_node("amplify_again.mjs", configuration, ca_file=served.ca_file)
    try:
        await until_it_says(client, {"state": "subscribed"})
        yield client
    finally:
        client.kill()
        await client.wait()


async def until_it_says(client: Process, wanted: dict[str, str], patience: float = PATIENCE) -> None:
    async with asyncio.timeout(patience):
        while (fact := await next_fact(client, patience)) != wanted:
            assert "error" not in fact


async def publish(served: Served, event: str) -> None:
    async with Publisher(served.url(), served.api_key) as publisher:
        assert (await publisher.publish("/default/amplify/again", event)).status_code == 200


async def until_subscribed(served: Served) -> None:
    """Until the new server knows of the subscription; it is told so by the client alone."""
    async with asyncio.timeout(PATIENCE):
        while (await served.status())["members"]["gateway-0"]["subscriptions"] != 1:
            pass


def kill(served: Served) -> None:
    """As a crash does, and wait until nothing of it is left."""
    processes = psutil.Process(served.process.pid).children(recursive=True)
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait(10)
    (served.folder / "ready.json").unlink()
    _, alive = psutil.wait_procs(processes, timeout=15)
    assert not alive
