import pytest

from eventray_core.channel import ChannelPattern
from eventray_core.subscription import Subscription, SubscriptionPhase, is_valid_id


@pytest.mark.parametrize("text", ["a", "0", "-", "_", "+", "a" * 128, "ee849ef0-cf23-4cb8-9fcb-152ae4fd1e69"])
def test_ids_that_clients_may_choose(text: str) -> None:
    assert is_valid_id(text)


@pytest.mark.parametrize(
    "text", ["", "a" * 129, "a b", "a\n", "a.b", "a/b", "é", "\u0663", "\ud83d", "a\x00"]
)
def test_ids_that_they_may_not(text: str) -> None:
    assert not is_valid_id(text)


def test_a_subscription_begins_unauthorized_and_wanted() -> None:
    subscription = Subscription(ChannelPattern.parse("/default/*"))
    assert subscription.phase is SubscriptionPhase.AUTHORIZING
    assert not subscription.unwanted
