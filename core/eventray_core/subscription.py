"""Subscriptions: ids that clients choose (specification, section 3.3), and where each is in its life."""

import enum
import re
from dataclasses import dataclass

from eventray_core.channel import ChannelPattern
from eventray_core.limits import MAX_ID_LENGTH

_ID = re.compile(rf"[A-Za-z0-9\-_+]{{1,{MAX_ID_LENGTH}}}")


def is_valid_id(text: str) -> bool:
    """Whether a client may give this id to a subscription or a publish."""
    return _ID.fullmatch(text) is not None


class SubscriptionPhase(enum.Enum):
    """A subscription's life; one that ended is forgotten."""

    AUTHORIZING = enum.auto()
    OPENING = enum.auto()
    """Allowed; its shard does not have it yet."""
    LIVE = enum.auto()


@dataclass(slots=True)
class Subscription:
    """One wish of one connection; `unwanted` when it was unsubscribed before it could be answered."""

    pattern: ChannelPattern
    phase: SubscriptionPhase = SubscriptionPhase.AUTHORIZING
    unwanted: bool = False
