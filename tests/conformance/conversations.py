"""All conversations. A rig plays each of them on its own."""

from tests.conformance import connecting, malformed, posting, publishing, subscribing
from tests.conformance.steps import Conversation

CONVERSATIONS: list[Conversation] = [
    *connecting.CONVERSATIONS,
    *subscribing.CONVERSATIONS,
    *publishing.CONVERSATIONS,
    *malformed.CONVERSATIONS,
    *posting.CONVERSATIONS,
]
