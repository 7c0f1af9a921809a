"""Every test of the edge that wants one gets a server of its own."""

from collections.abc import AsyncIterator

import pytest
from tests.support.wire import StandInEdge, Wire, running_wire

from eventray_core.limits import Limits


@pytest.fixture
def limits() -> Limits:
    """Time-outs that never come, unless a test module says otherwise."""
    return Limits()


@pytest.fixture
async def wire(limits: Limits) -> AsyncIterator[Wire]:
    """A running server; no connection may be left behind by it."""
    async with running_wire(StandInEdge(limits)) as wire:
        yield wire
    assert wire.server.counters.connections_open == 0
    assert wire.server.counters.half_open == 0
    assert [handler.ends for handler in wire.edge.handlers if len(handler.ends) != 1] == []
