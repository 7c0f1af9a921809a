"""What a connection asks of its shell, to be carried out in order."""

from dataclasses import dataclass

from eventray_core.auth import Allowed, Credentials, Operation
from eventray_core.channel import Channel, ChannelPattern
from eventray_core.event import AcceptedEvents
from eventray_core.realtime.frames import ServerFrame


@dataclass(frozen=True, slots=True)
class Send:
    """Write a message."""

    frame: ServerFrame


@dataclass(frozen=True, slots=True)
class Authorize:
    """Decide, now or later; answer with `RealtimeConnection.authorized` and the ticket."""

    ticket: int
    operation: Operation
    channel: Channel | ChannelPattern
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Open:
    """Have the channel's shard know of it; answer with `opened` or `not_opened`, or end it with `ended`."""

    id: str
    pattern: ChannelPattern
    allowed: Allowed
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class GoLive:
    """Write what is pending for others on the channel, then send its events to this subscription too."""

    id: str
    pattern: ChannelPattern


@dataclass(frozen=True, slots=True)
class Drop:
    """Write what is pending, then send no more; the shard need not know of it any longer."""

    id: str
    pattern: ChannelPattern


@dataclass(frozen=True, slots=True)
class StartPublish:
    """Publish; answer with `published` and the ticket."""

    ticket: int
    channel: Channel
    accepted: AcceptedEvents
    allowed: Allowed
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection."""

    code: int


Effect = Send | Authorize | Open | GoLive | Drop | StartPublish | Close
