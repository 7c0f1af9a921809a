"""The load generator in C, against a gateway, against its own bare loop, and against what is wrong."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
from benchmarks.measurements import figures_of
from benchmarks.servers import eventray_target
from tests.support.rig import running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the generator uses epoll")

SHORT = ["--warm-up=0.1", "--seconds=0.4"]


async def _load(generator: str, *options: str) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(generator, *options, stdout=PIPE, stderr=PIPE)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, err.decode()) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


async def _fail(generator: str, *options: str) -> str:
    process = await asyncio.create_subprocess_exec(generator, *options, stdout=PIPE, stderr=PIPE)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode != 0
    return err.decode()


@pytest.mark.parametrize("events", [1, 5])
async def test_every_event_that_was_accepted_is_counted_once_for_each_subscriber(
    generator: str, tmp_path: Path, events: int
) -> None:
    async with running(tmp_path) as rig:
        target = eventray_target(int(rig.addresses[0].split(":")[1]), rig.api_key, events)
        subscribed, measured = await _load(
            generator, *target.options(), "--subscribers=7", "--publishers=3", *SHORT
        )
    assert subscribed["phase"] == "subscribed"
    assert measured["all_publishes"] > 0
    assert measured["all_deliveries"] == measured["all_publishes"] * events * 7
    assert (measured["refused"], measured["closed"]) == (0, 0)
    assert measured["delay_ms"]["count"] == measured["deliveries"]
    assert 0 < measured["delay_ms"]["p50"] <= measured["delay_ms"]["p99"] <= measured["delay_ms"]["max"]
    assert figures_of(measured, 7)["missing_deliveries"] == 0


async def test_a_pace_is_kept(generator: str, tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        target = eventray_target(int(rig.addresses[0].split(":")[1]), rig.api_key, 1)
        load = ["--subscribers=2", "--publishers=4", "--rate=100", "--warm-up=0", "--seconds=1"]
        _, measured = await _load(generator, *target.options(), *load)
    # Exactly as many as were due, however late the machine may have been with the last ones.
    assert 95 <= measured["all_publishes"] <= 101


async def test_a_refused_publish_is_no_publish(generator: str, tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        target = eventray_target(int(rig.addresses[0].split(":")[1]), rig.api_key, 1)
        options = [option for option in target.options() if not option.startswith("--header")]
        process = await asyncio.create_subprocess_exec(
            generator, *options, "--publishers=1", *SHORT, stdout=PIPE, stderr=PIPE
        )
        out, err = await process.communicate()
    measured = json.loads(out.splitlines()[-1])
    assert measured["refused"] > 0
    assert measured["all_publishes"] == 0
    assert b"401" in err


async def test_a_refused_subscription_ends_the_run(generator: str, tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        target = eventray_target(int(rig.addresses[0].split(":")[1]), "da2-wrong", 1)
        assert "error" in await _fail(generator, *target.options(), "--subscribers=1", *SHORT)


async def test_a_server_that_is_not_there_ends_the_run(generator: str) -> None:
    assert "cannot connect" in await _fail(generator, "--port=1", "--subscribers=1")


@pytest.mark.parametrize("frames", [1, 80])
async def test_the_bare_loop_feeds_the_generator(generator: str, frames: int) -> None:
    loop = await asyncio.create_subprocess_exec(
        *(generator, "--source", "--subscribers=5", f"--frames-per-write={frames}"), stdout=PIPE
    )
    assert loop.stdout is not None
    port = json.loads(await loop.stdout.readline())["port"]
    _, measured = await _load(generator, f"--port={port}", "--subscribers=5", *SHORT)
    assert await asyncio.wait_for(loop.wait(), 10) == 0
    assert measured["deliveries"] > 100
    assert measured["reads"] <= measured["deliveries"]
