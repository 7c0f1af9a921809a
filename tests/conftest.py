"""What all tests share: the event loop of production's actors, one server on a real Ray, one PostgreSQL."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
import uvloop
from hypothesis import HealthCheck, settings

from tests.support.postgresql import PostgreSQL, postgresql
from tests.support.served import Served, serving

# How long an example takes says how busy the machine is; all else is as the profile in force has it.
settings.register_profile("patient", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow]))
settings.load_profile("patient")


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


@pytest.fixture(scope="session")
def database_server() -> Iterator[PostgreSQL]:
    """A PostgreSQL, for all tests that make databases of their own there and leave it running."""
    with postgresql() as server:
        yield server
