"""One connection of a link. Frames of a tick are written once, at its end.

A frame is four bytes of length, big-endian, and a MessagePack array.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from eventray_core.link import handshake
from eventray_core.link.envelopes import Envelope
from eventray_core.link.session import LinkError, Session

_log = logging.getLogger(__name__)

MAX_FRAME_BYTES = 64_000_000
HANDSHAKE_TIMEOUT = 5.0
HEARTBEAT = 1.0

Receive = Callable[[list[Envelope]], None]
"""Takes what `Session.receive` returned, maybe nothing but confirmations."""


class FrameProtocol(asyncio.Protocol):
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._limit = handshake.MAX_MESSAGE_BYTES
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        """Done when the connection has ended."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits for it."""
        if not self.lost.done():
            self.lost.set_result(exc)

    def data_received(self, data: bytes) -> None:
        """Hand over each whole frame; keep the rest."""
        whole: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            whole = self._buffer
        try:
            done = self._cut(whole)
        except LinkError as error:
            _log.warning("link broken: %s", error)
            self.abort()
            return
        if done or whole is data:
            self._buffer = bytearray(whole[done:])

    def _cut(self, data: bytes | bytearray) -> int:
        """Hand over the whole frames; returns how many bytes they took."""
        start, end = 0, len(data)
        while end - start >= 4:
            length = int.from_bytes(data[start : start + 4])
            if length > self._limit:
                raise LinkError(f"a frame of {length} bytes")
            if start + 4 + length > end:
                break
            self.frame_received(bytes(data[start + 4 : start + 4 + length]))
            start += 4 + length
        return start

    def frame_received(self, frame: bytes) -> None:
        """Take one frame; raises `LinkError` to end the connection."""
        raise NotImplementedError

    def write(self, frame: bytes) -> None:
        """Send one frame."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(len(frame).to_bytes(4) + frame)

    def abort(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.abort()


class Link(FrameProtocol):
    """One connection that moves a session's frames, once a subclass has done the handshake."""

    def __init__(self, silence: float) -> None:
        super().__init__()
        self.session: Session | None = None
        self._receive: Receive | None = None
        self._loop = asyncio.get_running_loop()
        self._silence = silence
        self._scheduled = False
        self.heard = self._loop.time()
        """When the last bytes came, by the loop's clock."""
        self._wrote = self.heard
        self._timer = self._loop.call_later(HANDSHAKE_TIMEOUT, self.abort)

    def stand(self, session: Session, receive: Receive, their_count: int) -> None:
        """The handshake is done: move the session's frames from here on."""
        self.session = session
        self._receive = receive
        self._limit = MAX_FRAME_BYTES
        session.wake = self._schedule
        session.connect(their_count)
        self._timer.cancel()
        self._timer = self._loop.call_later(HEARTBEAT, self._beat)

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        while self.session is not None and (frame := self.session.take_frame()) is not None:
            self._wrote = self._loop.time()
            self.write(frame)

    def _beat(self) -> None:
        """Show life once a second; give up on a peer that shows none."""
        now = self._loop.time()
        self._timer = self._loop.call_later(HEARTBEAT, self._beat)
        # What arrived while this process stood still is read before the next beat.
        if now - self.heard > self._silence:
            self.heard = now
            self._loop.call_soon(self._judge, now)
        elif self.session is not None and now - self._wrote >= HEARTBEAT:
            self._wrote = now
            self.write(self.session.heartbeat())

    def _judge(self, since: float) -> None:
        if self.heard <= since:
            self.abort()

    def data_received(self, data: bytes) -> None:
        """Any byte shows life, also those of a frame that takes long."""
        self.heard = self._loop.time()
        super().data_received(data)

    def frame_received(self, frame: bytes) -> None:
        """Pass on what is new; before that, shake hands."""
        if self.session is None or self._receive is None:
            self.shake_hands(handshake.decode(frame))
            return
        # Also without envelopes: the frame may have brought confirmations.
        self._receive(self.session.receive(frame))

    def shake_hands(self, message: handshake.Message) -> None:
        """Take one message of the handshake."""
        raise NotImplementedError

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the session to the next connection."""
        self._timer.cancel()
        if self.session is not None and self.session.wake == self._schedule:
            self.session.wake = None
            self.session.disconnect()
        super().connection_lost(exc)
