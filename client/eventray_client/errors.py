"""What can go wrong, as types that callers can catch.

    EventsError
    ├── ServerNotFoundError            nothing says where the server is, or with which key
    ├── UnavailableError               the server cannot be reached, is silent, or cannot serve now
    ├── ClientClosedError              the client, or the subscription, was closed meanwhile
    ├── SubscriptionOverflowError      events came faster than they were read
    └── RefusedError                   the server understood and said no; trying again will not help
        ├── CredentialsRefusedError    the key or token is not good
        ├── ChannelRefusedError        the credentials are good, but not for this channel
        ├── InvalidChannelError        the text is not a channel
        └── LimitExceededError         a quota or a rate is used up

The text of each is one sentence for people. Credentials are in none of them.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from errno import ECONNREFUSED
from urllib.parse import urlsplit


class EventsError(Exception):
    """The base of all errors that this package raises on purpose."""


class ServerNotFoundError(EventsError):
    """Neither arguments nor environment nor a ready file nor Ray say where the server is."""


class UnavailableError(EventsError):
    """The server cannot be reached, does not answer in time, or cannot serve now; it may be tried again.

    What was published may have been accepted nevertheless.
    """


class ClientClosedError(EventsError):
    """The client was closed while the call waited, or before it was made."""


class SubscriptionOverflowError(EventsError):
    """More events waited to be read than the subscription's queue holds; the subscription has ended."""


class RefusedError(EventsError):
    """The server refused. `error_type` is its word for the reason, such as `BadRequestException`."""

    def __init__(self, text: str, error_type: str = "") -> None:
        super().__init__(text, error_type)
        self.error_type = error_type

    def __str__(self) -> str:
        return str(self.args[0])


class CredentialsRefusedError(RefusedError):
    """The credentials are unknown, wrong or expired."""


class ChannelRefusedError(RefusedError):
    """The channel's namespace does not exist, or does not allow this to these credentials.

    AppSync does not tell the two apart.
    """


class InvalidChannelError(RefusedError):
    """The text is not a channel: 1 to 5 segments of letters, digits and dashes, such as `/news/europe`."""


class LimitExceededError(RefusedError):
    """A count or a rate is used up."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One entry of the server's `errors`."""

    error_type: str
    message: str = ""


UNAVAILABLE_TYPES = frozenset({"ServiceUnavailableException", "InternalFailureException", "InternalFailure"})
LIMIT_TYPES = frozenset({"LimitExceededError", "MaxSubscriptionsReachedError", "ThrottlingException"})


def refusal(reasons: Sequence[Reason], channel: str, status: int = 0) -> EventsError:
    """The error that the server's reasons mean; `status` is that of an HTTP answer, else 0."""
    said = _said(reasons)
    types = {reason.error_type for reason in reasons}
    first = reasons[0].error_type if reasons else ""
    if any(reason.message == "Invalid Channel Format" for reason in reasons):
        return InvalidChannelError(f"{channel!r} is not a channel that can be used here.", first)
    if types & UNAVAILABLE_TYPES or status >= 500:
        return UnavailableError(f"The server cannot do it now: {said or status}.")
    if types & LIMIT_TYPES or status == 429:
        return LimitExceededError(f"A limit of the server is reached: {said or status}.", first)
    if types & {"UnauthorizedException", "Unauthorized"} or status in (401, 403):
        return _unauthorized(reasons, channel, first)
    return RefusedError(f"The server refused: {said or status}.", first)


def _unauthorized(reasons: Sequence[Reason], channel: str, error_type: str) -> RefusedError:
    """AppSync gives a message where the credentials are bad, and none where they do not suffice."""
    if channel and not (error_type == "UnauthorizedException" and any(reason.message for reason in reasons)):
        text = (
            f"Channel {channel!r}: its namespace does not exist, or these credentials are not allowed there."
        )
        return ChannelRefusedError(text, error_type)
    return CredentialsRefusedError("The server does not accept these credentials.", error_type)


def _said(reasons: Sequence[Reason]) -> str:
    return "; ".join(f"{r.error_type}, {r.message}" if r.message else r.error_type for r in reasons).rstrip(
        "."
    )


def unreachable(url: str, error: Exception) -> UnavailableError:
    """What it means that no connection to the URL's host comes about."""
    host = urlsplit(url).netloc
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "name the file of its authority, or EVENTRAY_CA_FILE"
        return UnavailableError(f"The certificate of {host} is not trusted ({error.verify_message}): {hint}.")
    reason = (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
    if getattr(error, "errno", None) == ECONNREFUSED or f"[Errno {ECONNREFUSED}]" in reason:
        reason = "connection refused"  # asyncio's own words hold addresses, a list of them for some names
    return UnavailableError(f"The server at {host} cannot be reached: {reason}.")
