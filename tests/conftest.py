"""What all tests share: the event loop that actors run on in production, and one server on a real Ray."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
import uvloop

from tests.support.served import Served, serving


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, which Ray gives to asynchronous actors."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def server() -> Iterator[Served]:
    """`eventray serve` with two gateways and three shards, for all tests that leave it whole."""
    with serving("--gateways", "2", "--shards", "3") as served:
        yield served
