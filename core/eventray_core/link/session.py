"""One ordered, exactly-once conversation between two incarnations, over as many connections as it takes.

A sans-I/O state machine for one end. What `send` takes is kept until the peer confirms it, and sent again
on the next connection. The peer's confirmation is cumulative: "all up to here is processed". A session ends
only with one of the two incarnations.

    connected(their count) → take_frame() … receive(frame) … → disconnected()
"""

from collections import deque
from collections.abc import Callable

import msgspec

from eventray_core.link.envelopes import AnyEnvelope, Envelope
from eventray_core.placement.view import Incarnation

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, int, list[AnyEnvelope]]).decode


FRAME_BYTES = 1_000_000
"""About how much goes into one frame: what must be sent again after a link broke is cut into many."""


class LinkError(Exception):
    """The peer broke the rules of the link; the connection must end, the session may go on."""


def encode(envelope: Envelope) -> bytes:
    """An envelope's bytes, for sending the same one to several peers."""
    return _encode(envelope)


class Session:
    """One end of the conversation with `remote`."""

    __slots__ = (
        "_told",
        "_unacked",
        "_unsent",
        "_unsent_bytes",
        "acked",
        "connected",
        "established",
        "last",
        "received",
        "remote",
        "unacked_bytes",
        "wake",
    )

    def __init__(self, remote: Incarnation) -> None:
        self.remote = remote
        self.wake: Callable[[], None] | None = None
        """Called when there is something for `take_frame` after there was nothing."""
        self.established = False
        """Whether there ever was a connection."""
        self.connected = False
        self.unacked_bytes = 0
        self.received = 0
        """How many of the peer's envelopes were processed."""
        self.acked = 0
        """How many of ours the peer has confirmed."""
        self.last = 0
        """The number of our latest envelope."""
        self._told = 0
        self._unacked: deque[bytes] = deque()
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0

    def send(self, envelope: Envelope) -> int:
        """Queue an envelope; returns its number, which `acked` reaches when the peer has processed it."""
        return self.send_encoded(_encode(envelope))

    def send_encoded(self, data: bytes) -> int:
        """Queue what `encode` made."""
        was_idle = not self._unsent
        self._unacked.append(data)
        self._unsent.append(data)
        self.unacked_bytes += len(data)
        self._unsent_bytes += len(data)
        self.last += 1
        if was_idle and self.wake is not None:
            self.wake()
        return self.last

    def take_frame(self) -> bytes | None:
        """The next bytes to write, as one frame; None if there is nothing to say or no connection.

        Call again until there is none.
        """
        if not self.connected or (not self._unsent and self._told == self.received):
            return None
        return self.heartbeat()

    def heartbeat(self) -> bytes:
        """A frame even if there is nothing new: it shows life, and confirms."""
        self._told = self.received
        first = self.last - len(self._unsent) + 1
        return _encode((self.received, first, [msgspec.Raw(data) for data in self._take_unsent()]))

    def _take_unsent(self) -> list[bytes]:
        if self._unsent_bytes <= FRAME_BYTES:
            unsent, self._unsent, self._unsent_bytes = self._unsent, [], 0
            return unsent
        count = size = 0
        while size < FRAME_BYTES and count < len(self._unsent):
            size += len(self._unsent[count])
            count += 1
        unsent = self._unsent[:count]
        del self._unsent[:count]
        self._unsent_bytes -= size
        return unsent

    def receive(self, frame: bytes | memoryview) -> list[Envelope]:
        """Take a frame; returns its new envelopes in order, which the caller processes at once.

        Updates `acked`. Repeated envelopes are left out; a hole or nonsense raises `LinkError`.
        """
        try:
            acked, first, envelopes = _decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise LinkError(f"undecodable frame: {error}") from error
        self._acknowledge(acked, self.last - len(self._unsent))
        skip = self.received + 1 - first
        if skip < 0:
            raise LinkError(f"expected envelope {self.received + 1}, got {first}")
        new = envelopes[skip:] if skip else envelopes
        if new:
            self.received += len(new)
            if self.wake is not None:
                self.wake()
        return list(new)

    def _acknowledge(self, count: int, sent: int) -> None:
        if count > sent or count < 0:
            raise LinkError(f"{count} confirmed of {sent} sent")
        while self.acked < count:
            self.unacked_bytes -= len(self._unacked.popleft())
            self.acked += 1

    def connect(self, their_count: int) -> None:
        """A connection stands; the peer has processed `their_count` of our envelopes."""
        if their_count < self.acked:
            raise LinkError(f"the peer forgot {self.acked - their_count} envelopes")
        self._acknowledge(their_count, self.last)
        self._unsent = list(self._unacked)
        self._unsent_bytes = self.unacked_bytes
        self._told = -1
        self.established = self.connected = True
        if self.wake is not None:
            self.wake()

    def disconnect(self) -> None:
        """The connection is gone; what was not confirmed waits for the next."""
        self.connected = False

    def check_invariants(self) -> None:
        """Raise if the books do not balance."""
        assert self.acked + len(self._unacked) == self.last
        assert len(self._unsent) <= len(self._unacked)
        assert self._told <= self.received
        assert self._unsent_bytes == sum(map(len, self._unsent))
        assert self.unacked_bytes == sum(map(len, self._unacked))
