"""Every conversation, on two gateways and three shards of a real Ray."""

import pytest

from tests.conformance.conversations import CONVERSATIONS
from tests.conformance.steps import Conversation
from tests.support.player import Player
from tests.support.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
async def test_conversation(conversation: Conversation, server: Served) -> None:
    async with Player(server) as player:
        await player.play(conversation)
