"""A service in this process."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.rig import Rig, running


@pytest_asyncio.fixture
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """Two gateways and three shards."""
    async with running(tmp_path_factory.mktemp("data"), gateways=2, shards=3) as service:
        yield service
