"""Every test of the edge that wants one gets a server of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.support.certificates import authority, chooser_of, trusting
from tests.support.wire import StandInEdge, Tls, Wire, running_wire

from eventray_core.limits import Limits


@pytest.fixture
def limits() -> Limits:
    """Time-outs that never come, unless a test module says otherwise."""
    return Limits()


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """What a server shows, and what its clients trust."""
    folder = tmp_path_factory.mktemp("data")
    return Tls(chooser_of(authority(folder)).begin, trusting(folder))


@pytest.fixture
async def plain_wire(limits: Limits) -> AsyncIterator[Wire]:
    """A running server; no connection may be left behind by it."""
    async with _leaving_nothing(StandInEdge(limits), None) as wire:
        yield wire


@pytest.fixture
async def tls_wire(limits: Limits, tls: Tls) -> AsyncIterator[Wire]:
    """The same, with TLS."""
    async with _leaving_nothing(StandInEdge(limits), tls) as wire:
        yield wire


@pytest.fixture(params=["plain", "tls"])
async def wire(limits: Limits, tls: Tls, request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    """Each of the two."""
    async with _leaving_nothing(StandInEdge(limits), tls if request.param == "tls" else None) as wire:
        yield wire


@asynccontextmanager
async def _leaving_nothing(edge: StandInEdge, tls: Tls | None) -> AsyncIterator[Wire]:
    async with running_wire(edge, tls) as wire:
        yield wire
    assert wire.server.counters.connections_open == 0
    assert wire.server.counters.half_open == 0
    assert [handler.ends for handler in wire.edge.handlers if len(handler.ends) != 1] == []
