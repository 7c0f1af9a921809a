"""One WebSocket connection: bytes to whole messages and back, by the websockets library's sans-I/O core.

Most connections do nothing most of the time, so an idle one owns no parser, no task and no timer.
"""

import asyncio
from collections.abc import Callable

from eventray_gateway.wire.adapter import Frame, Framer, Opcode, State, release_framer, trim_reason
from eventray_gateway.wire.edge import WebSocketHandler
from eventray_gateway.wire.frames import text_frame_header
from eventray_gateway.wire.hub import Hub

SLICE = 2_048
"""Bytes parsed at once: bounds the frames, and the pongs, that are in memory together."""
FRAMES_PER_TURN = 100
"""After so many a connection waits for the others: a read may hold 40,000, which take half a second."""
INVALID_DATA = 1007
NO_STATUS = 1005


class WebSocketConnection(asyncio.Protocol):
    """The edge's `WebSocket`. Takes the transport over from the HTTP connection that was upgraded."""

    __slots__ = (
        "_framer",
        "_handler",
        "_hub",
        "_is_open",
        "_is_paused",
        "_message",
        "_rest",
        "_transport",
        "write",
    )

    def __init__(self, hub: Hub, transport: asyncio.Transport, handler: WebSocketHandler) -> None:
        self._hub = hub
        self._transport = transport
        self._handler: WebSocketHandler | None = handler
        self._is_open = True
        self._framer: Framer | None = None
        self._message: bytearray | None = None
        """The beginning of a fragmented text message."""
        self._rest = b""
        """What was read and not parsed yet, because it was another's turn."""
        self._is_paused = False
        """Whether the handler wants nothing to be read."""
        self.write: Callable[[bytes], None] = transport.write

    def start(self, rest: bytes) -> None:
        """Begin, with what came behind the handshake in the same read."""
        self._transport.set_write_buffer_limits(self._hub.high_mark)
        self._transport.set_protocol(self)
        self._hub.sockets.add(self)
        if self._handler is not None:
            self._handler.opened(self)
        if rest:
            self.data_received(rest)

    # For the handler

    def send_text(self, payload: bytes) -> None:
        """Send one text message; nothing happens once closing has begun."""
        if self._is_open and not self._transport.is_closing():
            self.write(text_frame_header(len(payload)) + payload)

    def close(self, code: int, reason: str = "") -> None:
        """Begin the close handshake; the connection is cut if the peer does not finish it."""
        if not self._is_open:
            return
        self._is_open = False
        framer = self._framer = self._framer or self._hub.framers.take()
        if framer.state is State.OPEN:
            framer.send_close(code, trim_reason(reason))
            self._flush(framer)
        self._hub.clocks.closings.start(self, self.abort)
        self._choose_reading()

    def abort(self) -> None:
        """End the connection at once and without a farewell."""
        self._is_open = False
        self._transport.abort()

    def pause_reading(self) -> None:
        """Let the peer's bytes wait in the kernel."""
        self._is_paused = True
        self._choose_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._is_paused = False
        self._choose_reading()

    def _choose_reading(self) -> None:
        if self._rest or (self._is_paused and self._is_open):
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    # From the transport

    def data_received(self, data: bytes) -> None:
        """Parse, and hand over what is whole."""
        if self._handler is None:
            return  # the conversation is over; the peer may not know yet
        framer = self._framer = self._framer or self._hub.framers.take()
        frames = 0
        for end in range(SLICE, len(data) + SLICE, SLICE):
            framer.receive_data(data[end - SLICE : end])
            frames += self._receive(framer)
            if self._handler is None:
                return
            if frames > FRAMES_PER_TURN and end < len(data):
                self._wait_for_others(data[end:])
                return
        if self._hub.framers.give_back(framer):
            self._framer = None

    def _wait_for_others(self, rest: bytes) -> None:
        self._rest = rest
        self._choose_reading()
        self._hub.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        rest, self._rest = self._rest, b""
        self.data_received(rest)
        if not self._rest:
            self._choose_reading()

    def eof_received(self) -> None:
        """The peer went without a close frame; returning None closes the transport."""
        self._end(None, clean=False)
        self._hub.clocks.failures.start(self, self.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """The TCP connection is gone."""
        self.write = _nowhere
        self._hub.clocks.failures.cancel(self)
        self._hub.sockets.discard(self)
        self._hub.connection_closed()
        self._end(None, clean=False)

    def pause_writing(self) -> None:
        """The transport's buffer is over its high mark."""
        if self._handler is not None:
            self._handler.writable(True)

    def resume_writing(self) -> None:
        """It is below its low mark."""
        if self._handler is not None:
            self._handler.writable(False)

    # Frames

    def _receive(self, framer: Framer) -> int:
        """Hand over what has been parsed, write what is due; how many frames it was."""
        frames = framer.events_received()
        for frame in frames:
            if self._is_open and isinstance(frame, Frame):
                self._take(framer, frame)
        if framer.eof_sent:
            self._hang_up(framer)
        else:
            self._flush(framer)
        return len(frames)

    def _take(self, framer: Framer, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT if frame.fin:
                self._deliver(framer, bytes(frame.data))
            case Opcode.TEXT:
                self._message = bytearray(frame.data)
            case Opcode.CONT if self._message is not None:
                self._message += frame.data
                if frame.fin:
                    message, self._message = bytes(self._message), None
                    self._deliver(framer, message)
            case Opcode.BINARY if self._handler is not None:
                self._handler.binary()

    def _deliver(self, framer: Framer, text: bytes) -> None:
        if not _is_utf8(text):
            self._is_open = False
            framer.fail(INVALID_DATA, "not UTF-8")
        elif self._handler is not None:
            self._handler.text(text)

    def _flush(self, framer: Framer) -> None:
        """Write what the core has to say; a peer that makes it say much and reads nothing is cut."""
        writes = framer.data_to_send()
        if not writes or self._transport.is_closing():
            return
        self._transport.write(b"".join(writes))
        if self._transport.get_write_buffer_size() > 2 * self._hub.high_mark:
            self._hub.counters.flooded += 1
            self.abort()

    # The end

    def _hang_up(self, framer: Framer) -> None:
        """The core has said its last word, after a close handshake or because the peer broke the protocol."""
        received, sent = framer.close_rcvd, framer.close_sent
        clean = received is not None and sent is not None and framer.parser_exc is None
        close = received if clean else sent
        code = None if close is None or close.code == NO_STATUS else int(close.code)
        self._end(code, clean)
        self._flush(framer)
        self._hub.clocks.failures.start(self, self.abort)
        self._hub.counters.protocol_failures += not clean
        if clean or not self._transport.can_write_eof():
            self._transport.close()  # over TLS it reads on, for a while, until the peer has closed too
            return
        # Closing now, with bytes unread, would reset the connection and could destroy the close frame.
        self._transport.write_eof()
        self._choose_reading()

    def _end(self, code: int | None, clean: bool) -> None:
        """Tell the handler, once."""
        self._is_open = False
        self._message = None
        self._rest = b""
        if self._framer is not None:
            release_framer(self._framer)
            self._framer = None
        self._hub.clocks.closings.cancel(self)
        handler, self._handler = self._handler, None
        if handler is not None:
            handler.closed(code, clean)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _nowhere(data: bytes) -> None:
    """Where writes go when the connection is gone."""
