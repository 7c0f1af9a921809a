import asyncio

import pytest
from tests.support.wire import TEXT, EchoApp, StandInEdge, frame

from eventray_gateway.wire.adapter import uvicorn_config
from eventray_gateway.wire.hub import SPARE_FRAMERS, Framers, Hub


@pytest.fixture
async def hub() -> Hub:
    return Hub(uvicorn_config(EchoApp()), StandInEdge(), asyncio.get_running_loop())


def test_a_framer_that_is_given_back_serves_the_next() -> None:
    framers = Framers(1_000)
    framer = framers.take()
    framer.receive_data(frame(TEXT, b"x"))
    framer.events_received()
    assert framers.give_back(framer)
    assert framers.take() is framer


def test_a_framer_in_the_middle_of_something_stays_with_its_connection() -> None:
    framers = Framers(1_000)
    framer = framers.take()
    framer.receive_data(frame(TEXT, b"x")[:3])
    assert not framers.give_back(framer)
    assert framers.take() is not framer


def test_only_some_are_kept() -> None:
    framers = Framers(1_000)
    taken = [framers.take() for _ in range(SPARE_FRAMERS + 1)]
    assert all(framers.give_back(framer) for framer in taken)
    assert framers.take() in taken[:SPARE_FRAMERS]


async def test_the_date_is_made_once_a_second(hub: Hub) -> None:
    hub.refresh_date()
    first = hub.state.default_headers
    hub.refresh_date()
    assert hub.state.default_headers is first
    assert [name for name, _ in first] == [b"date"]


async def test_waiting_ends_with_the_last_connection(hub: Hub) -> None:
    await hub.wait_until_empty()
    hub.connection_opened()
    hub.connection_opened()
    waiting = asyncio.gather(hub.wait_until_empty(), hub.wait_until_empty())
    await asyncio.sleep(0)
    hub.connection_closed()
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.connection_closed()
    await waiting
    assert (hub.counters.connections_opened, hub.counters.connections_open) == (2, 0)
