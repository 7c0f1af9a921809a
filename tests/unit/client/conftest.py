"""A service in one process, and clients of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.rig import Rig, running

from eventray_client import EventsClient

VARIABLES = (
    "EVENTRAY_HTTP_URL",
    "EVENTRAY_REALTIME_URL",
    "EVENTRAY_API_KEY",
    "EVENTRAY_CA_FILE",
    "EVENTRAY_READY_FILE",
)


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server that somebody else has named."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A service with one gateway."""
    async with running(tmp_path, shards=1) as service:
        yield service


@pytest.fixture
async def events(rig: Rig) -> AsyncIterator[EventsClient]:
    """A client of it."""
    async with EventsClient(rig.url(), api_key=rig.api_key) as client:
        yield client
