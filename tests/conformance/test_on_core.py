"""Every conversation, on the bare core."""

import pytest

from tests.conformance.conversations import CONVERSATIONS
from tests.conformance.steps import Conversation
from tests.support.core_rig import Answers, CoreRig


def test_no_two_conversations_have_one_name() -> None:
    assert len({conversation.name for conversation in CONVERSATIONS}) == len(CONVERSATIONS)


@pytest.mark.parametrize("answers", Answers, ids=lambda answers: answers.value)
@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
def test_conversation(conversation: Conversation, answers: Answers) -> None:
    CoreRig(answers).play(conversation)
