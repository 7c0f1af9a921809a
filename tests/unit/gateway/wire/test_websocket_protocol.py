"""Framing: what is handed over, what is refused, and how a connection ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from tests.support.wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    TEXT,
    RawClient,
    RecordingHandler,
    StandInEdge,
    Wire,
    close_frame,
    frame,
    running_wire,
    until,
)
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedOK
from websockets.typing import Subprotocol

from eventray_core.limits import Limits

SMALL = Limits(
    frame_bytes=1_000, outbound_buffer_bytes=50_000, publish_body_bytes=50_000, close_timeout_ms=60
)


@asynccontextmanager
async def open_with(limits: Limits) -> AsyncIterator[tuple[Wire, RawClient, RecordingHandler]]:
    async with running_wire(StandInEdge(limits)) as wire:
        client, handler = await wire.open()
        async with client:
            yield wire, client, handler


@pytest.fixture
async def pair(wire: Wire) -> AsyncIterator[tuple[RawClient, RecordingHandler]]:
    client, handler = await wire.open("aws-appsync-event-ws")
    async with client:
        yield client, handler


async def assert_failed(client: RawClient, handler: RecordingHandler, code: int) -> None:
    first, payload = await client.frame()
    assert first == FIN | CLOSE
    assert int.from_bytes(payload[:2], "big") == code
    assert await client.rest() == b""
    assert handler.ends == [(code, False)]


# Messages


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 1_000_000])
async def test_texts_of_every_size_go_both_ways(pair: tuple[RawClient, RecordingHandler], size: int) -> None:
    client, handler = pair
    text = b"echo" + b"x" * size
    await client.send(frame(TEXT, text))
    assert await client.frame() == (FIN | TEXT, text)
    assert handler.texts == [text]


async def test_many_messages_in_one_read_keep_their_order(pair: tuple[RawClient, RecordingHandler]) -> None:
    client, handler = pair
    texts = [b"%d" % n for n in range(20_000)]
    await client.send(b"".join(frame(TEXT, text) for text in texts))
    await until(lambda: len(handler.texts) == len(texts))
    assert handler.texts == texts


async def test_a_message_may_come_byte_by_byte(pair: tuple[RawClient, RecordingHandler]) -> None:
    client, handler = pair
    for byte in frame(TEXT, b"echo slow") + frame(TEXT, b"fast"):
        await client.send(bytes([byte]))
    await until(lambda: len(handler.texts) == 2)
    assert handler.texts == [b"echo slow", b"fast"]


async def test_fragments_are_put_together_around_control_frames(
    pair: tuple[RawClient, RecordingHandler],
) -> None:
    client, handler = pair
    await client.send(frame(TEXT, b"a", fin=False) + frame(PING, b"now"))
    assert await client.frame() == (FIN | PONG, b"now")
    assert handler.texts == []
    await client.send(frame(CONTINUATION, b"", fin=False) + frame(CONTINUATION, b"b"))
    await until(lambda: handler.texts == [b"ab"])


async def test_characters_may_be_split_between_fragments(pair: tuple[RawClient, RecordingHandler]) -> None:
    client, handler = pair
    text = "né €uro 🎉".encode()
    pieces = [frame(TEXT, text[:1], fin=False)]
    pieces += [frame(CONTINUATION, text[n : n + 1], fin=False) for n in range(1, len(text))]
    await client.send(b"".join(pieces) + frame(CONTINUATION))
    await until(lambda: handler.texts == [text])


async def test_binary_messages_are_announced_and_thrown_away(
    pair: tuple[RawClient, RecordingHandler],
) -> None:
    client, handler = pair
    await client.send(
        frame(BINARY, b"\xff") + frame(BINARY, b"\xff", fin=False) + frame(CONTINUATION, b"\xff")
    )
    await client.send(frame(TEXT, b"after"))
    await until(lambda: handler.texts == [b"after"])
    assert handler.binaries == 2


async def test_a_message_may_be_as_long_as_the_limit_and_no_longer() -> None:
    async with open_with(SMALL) as (_, client, handler):
        await client.send(frame(TEXT, b"x" * 1_000))
        await until(lambda: len(handler.texts) == 1)
        await client.send(frame(TEXT, b"x" * 1_001)[:8])
        await assert_failed(client, handler, 1009)


async def test_fragments_are_bounded_together() -> None:
    async with open_with(SMALL) as (_, client, handler):
        await client.send(frame(TEXT, b"x" * 600, fin=False) + frame(CONTINUATION, b"x" * 401))
        await assert_failed(client, handler, 1009)
        assert handler.texts == []


async def test_reading_can_be_paused(pair: tuple[RawClient, RecordingHandler]) -> None:
    client, handler = pair
    handler.socket.pause_reading()
    handler.socket.pause_reading()
    await client.send(frame(TEXT, b"x"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert handler.texts == []
    handler.socket.resume_reading()
    handler.socket.resume_reading()
    await until(lambda: handler.texts == [b"x"])


async def test_a_client_of_the_library_is_served(wire: Wire) -> None:
    offers = [Subprotocol("header-abc"), Subprotocol("aws-appsync-event-ws")]
    url = f"{wire.url}/event/realtime?a=1"
    async with connect(url, subprotocols=offers, ssl=wire.trust) as socket:
        assert socket.subprotocol == "aws-appsync-event-ws"
        assert "Sec-WebSocket-Extensions" not in socket.response.headers  # type: ignore[union-attr]  # it is there
        await socket.send("echo é")
        assert await socket.recv() == "echo é"
        await (await socket.ping())
    await until(lambda: wire.edge.handlers[0].ends == [(1000, True)])
    assert wire.edge.upgrades[0].query == b"a=1"


# What breaks the protocol


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, b"x", masked=False), 1002),
        (frame(3, b"x"), 1002),
        (frame(11, b"x"), 1002),
        (b"\xc1" + frame(TEXT, b"x")[1:], 1002),  # a reserved bit: compression was not agreed on
        (frame(CONTINUATION, b"x"), 1002),
        (frame(TEXT, b"x", fin=False) + frame(TEXT, b"x"), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(PING, b"x", fin=False), 1002),
        (frame(CLOSE, b"x"), 1002),
        (close_frame(1005), 1002),
        (close_frame(999), 1002),
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, "é".encode()[:1]), 1007),
        (frame(TEXT, b"\xed\xa0\x80"), 1007),  # a surrogate
        (
            frame(TEXT, b"a", fin=False)
            + frame(CONTINUATION, b"\xc3", fin=False)
            + frame(CONTINUATION, b"a"),
            1007,
        ),
        (close_frame(1000, b"\xff"), 1007),
        (frame(TEXT, b"x" * 1_500_001), 1009),
        (frame(PING, b"x" * 1_500_001), 1009),
    ],
)
async def test_a_fault_ends_the_connection_with_its_code(wire: Wire, data: bytes, code: int) -> None:
    client, handler = await wire.open()
    async with client:
        await client.send(frame(TEXT, b"before") + data + frame(TEXT, b"after"))
        await assert_failed(client, handler, code)
    assert handler.texts in ([b"before"], [])
    assert wire.server.counters.protocol_failures == 1


async def test_a_failed_peer_that_stays_is_cut() -> None:
    async with open_with(SMALL) as (wire, client, handler):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        await client.send(frame(TEXT, b"x", masked=False))
        await until(lambda: wire.server.counters.connections_open == 0)
        assert handler.ends == [(1002, False)]


async def test_a_failed_peer_that_sends_on_is_cut() -> None:
    async with open_with(SMALL) as (wire, client, handler):
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of the writes fails depends on the kernel
            while True:
                await client.send(frame(TEXT, b"x" * 100_000))
        assert handler.ends == [(1009, False)]
        await until(lambda: wire.server.counters.connections_open == 0)


async def test_a_handler_that_fails_costs_its_own_connection_only(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(data: bytes) -> None:
        raise RuntimeError("ours")

    client, handler = await wire.open()
    other, _ = await wire.open()
    monkeypatch.setattr(handler, "text", fail)
    await client.send(frame(TEXT, b"x"))
    assert await client.rest() == b""
    await until(lambda: handler.ends == [(None, False)])
    assert "ours" in caplog.text
    await other.send(frame(TEXT, b"echo"))
    assert await other.frame() == (FIN | TEXT, b"echo")


# The end


@pytest.mark.parametrize(
    ("goodbye", "code"),
    [(close_frame(1000), 1000), (close_frame(4000, "é".encode()), 4000), (frame(CLOSE), None)],
)
async def test_a_peer_that_closes_gets_its_close_frame_back(
    pair: tuple[RawClient, RecordingHandler], goodbye: bytes, code: int | None
) -> None:
    client, handler = pair
    await client.send(frame(TEXT, b"echo") + goodbye + frame(TEXT, b"after"))
    assert await client.frame() == (FIN | TEXT, b"echo")
    assert await client.frame() == (FIN | CLOSE, goodbye[6:])
    assert await client.rest() == b""
    assert handler.ends == [(code, True)]
    assert handler.texts == [b"echo"]


async def test_what_a_handler_writes_in_the_end_precedes_the_close_frame(
    pair: tuple[RawClient, RecordingHandler],
) -> None:
    client, handler = pair
    handler.farewell = frame(TEXT, b"last", masked=False)
    await client.send(close_frame(1000))
    assert await client.frame() == (FIN | TEXT, b"last")
    assert (await client.frame())[0] == FIN | CLOSE


async def test_our_close_is_a_handshake(wire: Wire) -> None:
    async with connect(wire.url, ssl=wire.trust) as socket:
        handler = wire.edge.handlers[0]
        handler.socket.close(1001, "é" * 100)
        handler.socket.close(1002)
        handler.socket.send_text(b"too late")
        with pytest.raises(ConnectionClosedOK):
            await socket.recv()
        assert (socket.close_code, socket.close_reason) == (1001, "é" * 61)
    await until(lambda: handler.ends == [(1001, True)])


async def test_messages_that_cross_our_close_are_dropped(pair: tuple[RawClient, RecordingHandler]) -> None:
    client, handler = pair
    handler.socket.pause_reading()
    handler.socket.close(1000)
    assert await client.frame() == (FIN | CLOSE, b"\x03\xe8")
    await client.send(frame(TEXT, b"late") + frame(BINARY) + close_frame(1000))
    assert await client.rest() == b""
    assert (handler.texts, handler.binaries, handler.ends) == ([], 0, [(1000, True)])


async def test_a_handler_may_close_while_it_gets_a_message(
    pair: tuple[RawClient, RecordingHandler], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, handler = pair
    monkeypatch.setattr(handler, "text", lambda data: handler.socket.close(1000, data.decode()))
    await client.send(frame(TEXT, b"one") + frame(TEXT, b"two"))
    assert await client.frame() == (FIN | CLOSE, b"\x03\xe8one")


@pytest.mark.parametrize("answer", [b"", frame(TEXT, b"x"), frame(PING)])
async def test_a_peer_that_does_not_answer_our_close_is_cut(answer: bytes) -> None:
    async with open_with(SMALL) as (_, client, handler):
        handler.socket.close(1000)
        await client.send(answer)
        assert (await client.frame())[0] == FIN | CLOSE
        await client.rest()
        await until(lambda: handler.ends == [(None, False)])


async def test_a_peer_that_reads_nothing_cannot_keep_us_from_closing() -> None:
    async with open_with(replace(SMALL, outbound_buffer_bytes=50_000_000)) as (wire, client, handler):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        for _ in range(20):
            handler.socket.send_text(b"x" * 1_000_000)
        handler.socket.close(1000)
        await until(lambda: handler.ends == [(None, False)])
        assert wire.server.counters.connections_open == 0


async def test_abort_is_at_once(pair: tuple[RawClient, RecordingHandler]) -> None:
    client, handler = pair
    handler.socket.abort()
    handler.socket.abort()
    handler.socket.send_text(b"too late")
    assert await client.rest() == b""
    await until(lambda: handler.ends == [(None, False)])
    handler.socket.write(b"to nobody")
    handler.socket.close(1000)


async def test_a_peer_that_goes_without_a_close_frame(plain_wire: Wire) -> None:
    client, handler = await plain_wire.open()
    await client.send(frame(TEXT, b"half")[:5])
    client.writer.write_eof()
    assert await client.rest() == b""
    assert handler.ends == [(None, False)]


async def test_a_peer_that_vanishes(wire: Wire) -> None:
    client, handler = await wire.open()
    client.vanish()
    await until(lambda: handler.ends == [(None, False)])
    await until(lambda: wire.server.counters.connections_open == 0)


async def test_a_handler_learns_when_its_peer_stops_and_starts_reading() -> None:
    async with open_with(SMALL) as (_, client, handler):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        sent = 0
        while not handler.pauses:
            handler.socket.send_text(b"x" * 100_000)
            sent += 1
            await asyncio.sleep(0)
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]  # typed as a write transport
        for _ in range(sent):
            await client.frame()
        await until(lambda: handler.pauses == [True, False])


async def test_an_idle_connection_owns_no_framer(wire: Wire) -> None:
    pairs = [await wire.open() for _ in range(30)]
    for client, _ in pairs:
        await client.send(frame(TEXT, b"echo"))
        assert await client.frame() == (FIN | TEXT, b"echo")
    assert [handler.socket for _, handler in pairs if getattr(handler.socket, "_framer", None)] == []
