"""A client of EventRay, and of anything else that speaks AppSync Events; it needs no Ray.

Begin with `client.py`: all that callers need is `EventsClient`, the errors, and what its methods return.
`realtime.py` keeps the connection, `connection.py` is one of them, `finding.py` looks for the server.
"""

from eventray_client.authorization import ApiKey, Authorization
from eventray_client.backoff import Backoff
from eventray_client.client import EventsClient
from eventray_client.errors import (
    ChannelRefusedError,
    ClientClosedError,
    CredentialsRefusedError,
    EventsError,
    InvalidChannelError,
    LimitExceededError,
    RefusedError,
    ServerNotFoundError,
    SubscriptionOverflowError,
    UnavailableError,
)
from eventray_client.results import FailedEvent, PublishedEvent, PublishResult
from eventray_client.server import Server
from eventray_client.subscription import Subscription

__all__ = [
    "ApiKey",
    "Authorization",
    "Backoff",
    "ChannelRefusedError",
    "ClientClosedError",
    "CredentialsRefusedError",
    "EventsClient",
    "EventsError",
    "FailedEvent",
    "InvalidChannelError",
    "LimitExceededError",
    "PublishResult",
    "PublishedEvent",
    "RefusedError",
    "Server",
    "ServerNotFoundError",
    "Subscription",
    "SubscriptionOverflowError",
    "UnavailableError",
]
