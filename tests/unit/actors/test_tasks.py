"""Background tasks are kept, and their failures are told."""

import asyncio
import logging

import pytest

from eventray_actors.tasks import Tasks


async def test_a_failure_is_logged_and_told(caplog: pytest.LogCaptureFixture) -> None:
    failed = asyncio.Event()

    async def fail() -> None:
        raise ValueError("as planned")

    with caplog.at_level(logging.ERROR):
        Tasks(on_failure=failed.set).start(fail(), "the failing one")
        await asyncio.wait_for(failed.wait(), 5)
    assert "the failing one" in caplog.text
    assert "as planned" in caplog.text


async def test_stopping_ends_all_but_the_one_that_stops() -> None:
    tasks = Tasks()
    ended: list[str] = []

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waiting")

    async def stop_all() -> None:
        await tasks.stop()
        ended.append("stopping")

    tasks.start(wait_for_ever(), "waits")
    await asyncio.sleep(0)
    await tasks.start(stop_all(), "stops")
    assert ended == ["waiting", "stopping"]
