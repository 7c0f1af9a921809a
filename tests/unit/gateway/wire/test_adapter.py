import base64
import gc
import weakref

import pytest
from tests.support.wire import CONTINUATION, PING, TEXT, close_frame, frame

from eventray_gateway.wire.adapter import (
    HandshakeError,
    check_handshake,
    is_between_frames,
    new_framer,
    release_framer,
    trim_reason,
)

KEY = base64.b64encode(bytes(16))


def headers(*offers: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-key", KEY),
        (b"sec-websocket-version", b"13"),
        (b"sec-websocket-extensions", b"permessage-deflate"),
        *[(b"sec-websocket-protocol", offer) for offer in offers],
    ]


@pytest.mark.parametrize(
    "offers",
    [
        [b"aws-appsync-event-ws"],
        [b"aws-appsync-event-ws, header-abc"],
        [b"header-abc,aws-appsync-event-ws"],
        [b"header-abc", b"aws-appsync-event-ws"],
        [b"graphql-ws, aws-appsync-event-ws", b"header-abc"],
    ],
)
def test_exactly_our_subprotocol_is_echoed(offers: list[bytes]) -> None:
    handshake = check_handshake("GET", "1.1", headers(*offers), "id-1")
    lines = handshake.answer.lower().split(b"\r\n")
    assert lines[0] == b"http/1.1 101 switching protocols"
    assert [line for line in lines if line.startswith(b"sec-websocket-protocol")] == [
        b"sec-websocket-protocol: aws-appsync-event-ws"
    ]
    assert b"x-amzn-requestid: id-1" in lines
    assert b"extensions" not in handshake.answer.lower()
    assert handshake.subprotocols == tuple(o.strip() for o in b",".join(offers).decode().split(","))


@pytest.mark.parametrize("offers", [[], [b"graphql-ws"], [b"header-abc"]])
def test_without_it_nothing_is_echoed(offers: list[bytes]) -> None:
    handshake = check_handshake("GET", "1.1", headers(*offers), "id-1")
    assert b"sec-websocket-protocol" not in handshake.answer.lower()
    assert handshake.subprotocols == tuple(offer.decode() for offer in offers)


def test_a_failed_handshake_leaves_no_trace_for_the_next() -> None:
    with pytest.raises(HandshakeError, match="Sec-WebSocket-Key"):
        check_handshake("GET", "1.1", headers(b"header-abc")[:2], "id-1")
    assert check_handshake("GET", "1.1", headers(), "id-2").subprotocols == ()


def test_an_offer_may_be_longer_than_a_line_of_the_library() -> None:
    offer = b"header-" + b"a" * 20_000
    assert check_handshake("GET", "1.1", headers(offer), "id").subprotocols == (offer.decode(),)


@pytest.mark.parametrize("whole", [frame(TEXT, b"x"), frame(PING, b"x"), frame(TEXT) + frame(PING)])
def test_a_framer_is_as_good_as_new_between_messages_only(whole: bytes) -> None:
    framer = new_framer(1_000)
    for byte in whole[:-1]:
        framer.receive_data(bytes([byte]))
    assert not is_between_frames(framer) or len(framer.events_received()) == 1
    framer.receive_data(whole[-1:])
    assert is_between_frames(framer)


@pytest.mark.parametrize("part", [frame(TEXT, b"x")[:n] for n in range(1, 7)])
def test_no_part_of_a_frame_is_forgotten(part: bytes) -> None:
    framer = new_framer(1_000)
    framer.receive_data(part)
    assert not is_between_frames(framer)


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"x", fin=False),
        frame(TEXT, b"", fin=False) + frame(CONTINUATION, b"", fin=False),
        frame(TEXT, b"x", fin=False) + frame(PING),
        close_frame(1000),
        frame(TEXT, b"x", masked=False),
    ],
)
def test_no_state_of_a_connection_is_forgotten(data: bytes) -> None:
    framer = new_framer(1_000)
    framer.receive_data(data)
    assert not is_between_frames(framer)


def test_a_released_framer_needs_no_garbage_collector() -> None:
    gc.disable()
    try:
        framer = new_framer(1_000)
        framer.receive_data(frame(TEXT, b"x" * 500)[:100])
        gone = weakref.ref(framer)
        release_framer(framer)
        del framer
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(("reason", "length"), [("", 0), ("é" * 61, 122), ("é" * 62, 122), ("x" * 200, 123)])
def test_a_reason_is_cut_between_characters(reason: str, length: int) -> None:
    assert len(trim_reason(reason).encode()) == length
