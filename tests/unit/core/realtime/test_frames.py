from typing import get_args

import pytest

from eventray_core.event import AcceptedEvents, Event
from eventray_core.realtime import frames as f
from eventray_core.realtime.codec import decode, encode

CLIENT_FRAMES: list[tuple[bytes, f.ClientFrame]] = [
    (b'{"type":"connection_init"}', f.ConnectionInit()),
    (b'{"type":"subscribe","id":"s","channel":"/a"}', f.Subscribe("s", "/a", {})),
    (b'{"type":"unsubscribe","id":"s"}', f.Unsubscribe("s")),
    (b'{"type":"publish","id":"p","channel":"/a","events":[]}', f.Publish("p", "/a", [], {})),
    (b'{"type":"unsubscribe","id":""}', f.Malformed("unsubscribe_error", "", "")),
    (b"hello", f.Unsupported()),
]
SERVER_FRAMES: list[f.ServerFrame] = [
    f.ConnectionAck(300_000),
    f.KeepAlive(),
    f.SubscribeSuccess("s"),
    f.UnsubscribeSuccess("s"),
    f.PublishSuccess("p", AcceptedEvents((Event("id", 0, b'"1"'),))),
    f.ErrorFrame("error", (f.ErrorEntry("UnsupportedOperation"),)),
]


def test_the_tables_name_every_frame() -> None:
    assert {type(frame) for _, frame in CLIENT_FRAMES} == set(get_args(f.ClientFrame))
    assert {type(frame) for frame in SERVER_FRAMES} == set(get_args(f.ServerFrame))


@pytest.mark.parametrize(("data", "frame"), CLIENT_FRAMES, ids=lambda value: type(value).__name__)
def test_a_client_can_say_each_of_its_frames(data: bytes, frame: f.ClientFrame) -> None:
    assert type(decode(data)) is type(frame)
    assert isinstance(frame, f.Malformed) or decode(data) == frame


@pytest.mark.parametrize("frame", SERVER_FRAMES, ids=lambda frame: type(frame).__name__)
def test_a_server_can_write_each_of_its_frames(frame: f.ServerFrame) -> None:
    assert encode(frame).startswith(b"{")


@pytest.mark.parametrize(
    "frame", [*SERVER_FRAMES, *(frame for _, frame in CLIENT_FRAMES)], ids=lambda frame: type(frame).__name__
)
def test_frames_are_small_values(frame: object) -> None:
    assert not hasattr(frame, "__dict__")
