"""One WebSocket: turns its messages into the connection's inputs, and the connection's effects into I/O."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from eventray_core.api import Api
from eventray_core.auth import NOT_AUTHORIZED, Allowed, Credentials, Denied
from eventray_core.channel import Channel, ChannelPattern
from eventray_core.errors import BadRequestError, EventRayError, ServiceUnavailableError
from eventray_core.event import AcceptedEvents
from eventray_core.link.envelopes import Outcome
from eventray_core.realtime.codec import data_prefix, decode, encode
from eventray_core.realtime.connection import RealtimeConnection
from eventray_core.realtime.effects import Authorize, Close, Drop, Effect, GoLive, Open, Send, StartPublish
from eventray_core.realtime.frames import KeepAlive
from eventray_gateway.wire.websocket_protocol import WebSocket

if TYPE_CHECKING:
    from eventray_gateway.hub import Hub

_log = logging.getLogger(__name__)

KEEP_ALIVE = encode(KeepAlive())
REJECT_AFTER = 0.25
"""Seconds. A `connection_error` that arrives with the 101 is lost on clients that are not listening yet."""


class RealtimeSubscription:
    """One subscription's place in the router and the fan-out; compares by identity."""

    __slots__ = ("handler", "subscription_id", "key")

    def __init__(self, handler: "RealtimeHandler", subscription_id: str, key: str) -> None:
        self.handler = handler
        self.subscription_id = subscription_id
        self.key = key

    def started(self) -> None:
        """Its shard has it."""
        self.handler.opened_subscription(self.subscription_id)

    def not_started(self) -> None:
        """Its shard could not say so."""
        self.handler.refused_subscription(self.subscription_id, ServiceUnavailableError())
