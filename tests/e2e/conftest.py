"""A service in this process, and where it keeps its data."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.postgresql import PostgreSQL
from tests.support.rig import Rig, running


@pytest_asyncio.fixture
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """Two gateways and three shards."""
    async with running(tmp_path_factory.mktemp("data"), gateways=2, shards=3) as service:
        yield service


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    """For tests that are to hold with both: where the data are, None for a file in the data directory."""
    if request.param == "sqlite":
        return None
    server: PostgreSQL = request.getfixturevalue("database_server")
    return server.new_database()
