"""Every conversation, over sockets: two gateways and three shards in this process, without Ray."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.conformance.conversations import CONVERSATIONS
from tests.conformance.steps import Conversation
from tests.support.player import Player
from tests.support.rig import Rig, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=2, shards=3) as rig:
        yield rig


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
async def test_conversation(conversation: Conversation, service: Rig) -> None:
    async with Player(service) as player:
        await player.play(conversation)
