"""However a stream is cut into reads, and whatever framers it passes through, the same messages come out."""

import asyncio
import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.support.wire import BINARY, CONTINUATION, PING, TEXT, EchoApp, RecordingHandler, StandInEdge, frame

from eventray_gateway.wire.adapter import uvicorn_config
from eventray_gateway.wire.hub import Hub
from eventray_gateway.wire.websocket_protocol import WebSocketConnection


class DeafTransport(asyncio.Transport):
    """Takes everything and keeps nothing."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Gone."""

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """It has none."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """It has none."""


@st.composite
def conversations(draw: st.DrawFn) -> tuple[bytes, list[bytes], int]:
    """A stream, its texts, and how many binary messages are in it."""
    stream, texts, binaries = b"", [], 0
    for _ in range(draw(st.integers(1, 5))):
        pieces = draw(st.lists(st.text(max_size=150), min_size=1, max_size=4))
        is_text = draw(st.booleans())
        last = len(pieces) - 1
        for n, piece in enumerate(pieces):
            opcode = CONTINUATION if n else TEXT if is_text else BINARY
            stream += frame(opcode, piece.encode(), fin=n == last)
            stream += frame(PING, b"p") * draw(st.integers(0, 2))
        if is_text:
            texts.append("".join(pieces).encode())
        else:
            binaries += 1
    return stream, texts, binaries


@given(conversations(), st.lists(st.integers(1, 40), min_size=1))
def test_reads_may_end_anywhere(conversation: tuple[bytes, list[bytes], int], sizes: list[int]) -> None:
    stream, texts, binaries = conversation
    loop = asyncio.new_event_loop()
    hub = Hub(uvicorn_config(EchoApp()), StandInEdge(), loop)
    pairs: list[tuple[WebSocketConnection, Any]] = []
    for _ in range(2):
        handler = RecordingHandler()
        pairs.append((WebSocketConnection(hub, DeafTransport(), handler), handler))
        pairs[-1][0].start(b"")
    position = 0
    for size in itertools.cycle(sizes):
        # Two connections in turn, so that framers change hands.
        for connection, _ in pairs:
            connection.data_received(stream[position : position + size])
        position += size
        if position >= len(stream):
            break
    for _, handler in pairs:
        assert (handler.texts, handler.binaries) == (texts, binaries)
    loop.close()
