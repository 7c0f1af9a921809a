"""Peers that send more than others: they are served, but not before everyone else, and not without end."""

import asyncio

import pytest
from tests.support.wire import (
    BINARY,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    TEXT,
    RecordingHandler,
    StandInEdge,
    Wire,
    close_frame,
    frame,
    running_wire,
    until,
)

from eventray_core.limits import Limits
from eventray_gateway.wire.websocket_protocol import FRAMES_PER_TURN

FLOOD = 20_000
"""Frames that fit in one read."""


async def test_a_flood_of_pings_is_answered_while_the_peer_reads(wire: Wire) -> None:
    client, handler = await wire.open()
    await client.send(frame(PING) * FLOOD + frame(TEXT, b"end"))
    assert {await client.frame() for _ in range(FLOOD)} == {(FIN | PONG, b"")}
    await until(lambda: handler.texts == [b"end"])


async def test_a_flood_of_pings_from_a_peer_that_does_not_read_is_cut() -> None:
    limits = Limits(outbound_buffer_bytes=50_000, publish_body_bytes=50_000)
    async with running_wire(StandInEdge(limits)) as wire:
        client, handler = await wire.open()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        pings = frame(PING, b"x" * 125) * 1_000
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of the writes fails depends on the kernel
            while True:
                await client.send(pings)
        await until(lambda: handler.ends == [(None, False)])
        assert wire.server.counters.flooded == 1


@pytest.mark.parametrize(
    "flood",
    [
        frame(PING) * FLOOD,
        frame(BINARY) * FLOOD,
        frame(TEXT, b"x" * 80) * (FLOOD // 10),
        frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) * FLOOD + frame(CONTINUATION),
    ],
    ids=["pings", "binaries", "texts", "fragments"],
)
async def test_others_are_served_meanwhile(plain_wire: Wire, flood: bytes) -> None:
    client, handler = await plain_wire.open()
    other, _ = await plain_wire.open()
    await client.send(flood + frame(TEXT, b"end"))
    await other.send(frame(TEXT, b"echo"))
    assert await other.frame() == (FIN | TEXT, b"echo")
    assert b"end" not in handler.texts
    await until(lambda: handler.texts[-1:] == [b"end"])


async def test_an_endless_message_of_empty_fragments_takes_no_memory(wire: Wire) -> None:
    client, handler = await wire.open()
    await client.send(frame(TEXT, fin=False))
    for _ in range(5):
        await client.send(frame(CONTINUATION, fin=False) * FLOOD)
    await client.send(frame(CONTINUATION, b"end"))
    await until(lambda: handler.texts == [b"end"])


async def test_what_was_read_before_a_pause_still_comes(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    client, handler = await wire.open()
    count = 5 * FRAMES_PER_TURN

    def pause(data: bytes) -> None:
        handler.socket.pause_reading()
        RecordingHandler.text(handler, data)

    monkeypatch.setattr(handler, "text", pause)
    await client.send(frame(TEXT, b"x") * count)
    await until(lambda: len(handler.texts) == count)
    await client.send(frame(TEXT, b"later"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(handler.texts) == count
    handler.socket.resume_reading()
    await until(lambda: handler.texts[-1:] == [b"later"])


async def test_a_close_in_the_middle_of_a_flood_is_still_a_handshake(plain_wire: Wire) -> None:
    client, handler = await plain_wire.open()
    await client.send(frame(BINARY) * FLOOD + close_frame(1000))
    await until(lambda: handler.binaries > 0)
    handler.socket.close(1000)
    await client.rest()
    assert handler.ends == [(1000, True)]
    assert handler.binaries < FLOOD


async def test_a_peer_that_vanishes_in_the_middle_of_its_flood(plain_wire: Wire) -> None:
    client, handler = await plain_wire.open()
    await client.send(frame(BINARY) * FLOOD)
    await until(lambda: handler.binaries > 0)
    handler.socket.abort()
    await until(lambda: handler.ends == [(None, False)])
