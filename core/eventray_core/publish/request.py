"""The body of an HTTP publish. Its content type does not matter: browsers' `fetch` sends text/plain."""

from collections.abc import Callable
from dataclasses import dataclass

from eventray_core.channel import Channel
from eventray_core.errors import BadRequestError
from eventray_core.event import AcceptedEvents, accept_events
from eventray_core.json_text import loads
from eventray_core.limits import Limits


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """A request that can be understood; whether it is allowed is another matter."""

    channel: Channel
    accepted: AcceptedEvents


def parse_publish(body: bytes, limits: Limits, new_id: Callable[[], str]) -> PublishRequest:
    """Read a body; raises a `BadRequestError`."""
    if not body.strip():
        raise BadRequestError("Request body is empty.")
    try:
        fields = loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError("Request body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise BadRequestError("Request body is not a JSON object.")
    channel = fields.get("channel")
    if not isinstance(channel, str):
        raise BadRequestError("The channel is missing, or is not a string.")
    return PublishRequest(Channel.parse(channel), accept_events(fields.get("events"), limits, new_id))
