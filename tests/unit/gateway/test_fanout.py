"""Frames are whole, in order, once each, and nobody's failure is another's."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.realtime.codec import data_prefix
from eventray_gateway.counters import GatewayCounters
from eventray_gateway.fanout import Fanout


class Ticks:
    """What was scheduled for the end of the tick."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def call_soon(self, call: Callable[[], None]) -> None:
        self.due.append(call)

    def end(self) -> None:
        due, self.due = self.due, []
        for call in due:
            call()


class Socket:
    """Keeps the bytes that were written; as a client reads them."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def frames(self) -> list[dict[str, str]]:
        data, frames = b"".join(self.writes), []
        while data:
            assert data[0] == 0x81
            length, start = data[1], 2
            if length == 126:
                length, start = int.from_bytes(data[2:4]), 4
            elif length == 127:
                length, start = int.from_bytes(data[2:10]), 10
            frames.append(json.loads(data[start : start + length]))
            data = data[start + length :]
        return frames


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def counters() -> GatewayCounters:
    return GatewayCounters()


@pytest.fixture
def fanout(ticks: Ticks, counters: GatewayCounters) -> Fanout:
    return Fanout(ticks.call_soon, counters)


def literal(value: object) -> bytes:
    return json.dumps(json.dumps(value)).encode()


def subscribe(fanout: Fanout, key: str, id_: str) -> Socket:
    socket = Socket()
    fanout.add(key, id_, data_prefix(id_), socket.writes.append)
    return socket


def test_one_write_per_subscription_and_tick(fanout: Fanout, ticks: Ticks, counters: GatewayCounters) -> None:
    sockets = [subscribe(fanout, "api/a/b", f"id-{n}") for n in range(3)]
    fanout.deliver("api/a/b", [literal(1), literal(2)])
    fanout.deliver("api/a/b", [literal({"three": 3})])
    assert not sockets[0].writes
    ticks.end()
    for number, socket in enumerate(sockets):
        assert len(socket.writes) == 1
        events = [1, 2, {"three": 3}]
        expected = [{"id": f"id-{number}", "type": "data", "event": json.dumps(e)} for e in events]
        assert socket.frames() == expected
    assert (counters.writes, counters.deliveries) == (3, 9)
    assert counters.bytes_out == sum(len(socket.writes[0]) for socket in sockets)


def test_an_idle_fanout_schedules_nothing(fanout: Fanout, ticks: Ticks) -> None:
    subscribe(fanout, "api/a/b", "id")
    fanout.deliver("api/a/c", [literal(1)])
    assert not ticks.due


def test_wildcards_hear_what_is_below_them(fanout: Fanout, ticks: Ticks) -> None:
    heard = {key: subscribe(fanout, key, key) for key in ("api/a/*", "api/a/b/*", "api/a/b", "other/a/*")}
    fanout.deliver("api/a/b/c", [literal(1)])
    fanout.deliver("api/a/b", [literal(2)])
    ticks.end()
    events = {key: [frame["event"] for frame in socket.frames()] for key, socket in heard.items()}
    assert events == {"api/a/*": ["1", "2"], "api/a/b/*": ["1"], "api/a/b": ["2"], "other/a/*": []}


def test_who_comes_later_in_the_tick_hears_only_what_is_later(fanout: Fanout, ticks: Ticks) -> None:
    early = subscribe(fanout, "api/a/b", "early")
    fanout.deliver("api/a/b", [literal(1)])
    late = subscribe(fanout, "api/a/b", "late")
    fanout.deliver("api/a/b", [literal(2)])
    ticks.end()
    assert [f["event"] for f in early.frames()] == ["1", "2"]
    assert [f["event"] for f in late.frames()] == ["2"]


def test_who_leaves_hears_what_was_before_and_nothing_after(fanout: Fanout, ticks: Ticks) -> None:
    leaving = subscribe(fanout, "api/a/b", "leaving")
    staying = subscribe(fanout, "api/a/b", "staying")
    fanout.deliver("api/a/b", [literal(1)])
    fanout.remove("api/a/b", "leaving")
    assert [f["event"] for f in leaving.frames()] == ["1"]
    fanout.deliver("api/a/b", [literal(2)])
    ticks.end()
    assert [f["event"] for f in leaving.frames()] == ["1"]
    assert [f["event"] for f in staying.frames()] == ["1", "2"]


def test_a_closed_transport_costs_nobody_else_anything(
    fanout: Fanout, ticks: Ticks, counters: GatewayCounters
) -> None:
    def fail(data: bytes) -> None:
        raise RuntimeError("the transport is closed")

    first = subscribe(fanout, "api/a/b", "first-")
    for number in range(3):
        fanout.add("api/a/b", number, data_prefix("broken"), fail)
    last = subscribe(fanout, "api/a/b", "last--")
    fanout.deliver("api/a/b", [literal(1)])
    ticks.end()
    assert len(first.frames()) == len(last.frames()) == 1
    assert counters.failed_writes == 3


def test_a_subscription_that_ends_while_it_is_written_to_harms_nobody(fanout: Fanout, ticks: Ticks) -> None:
    others = [subscribe(fanout, "api/a/b", f"other-{n}") for n in range(3)]
    fanout.add("api/a/b", "x", data_prefix("other-x"), lambda data: fanout.remove("api/a/b", "x"))
    others += [subscribe(fanout, "api/a/b", f"other-{n}") for n in range(3, 6)]
    fanout.deliver("api/a/b", [literal(1)])
    ticks.end()
    assert [len(socket.frames()) for socket in others] == [1] * 6


def test_each_api_has_its_own_numbers(fanout: Fanout, ticks: Ticks, counters: GatewayCounters) -> None:
    for key, id_ in (("one/a/b", "1"), ("one/a/*", "2"), ("two/a/b", "3")):
        subscribe(fanout, key, id_)
    fanout.deliver("one/a/b", [literal(1), literal(2)])
    fanout.remove("one/a/*", "2")
    ticks.end()
    one, two = counters.of("one"), counters.of("two")
    assert (one.subscriptions, one.deliveries) == (1, 4)
    assert (two.subscriptions, two.deliveries) == (1, 0)
    assert (counters.subscriptions, counters.deliveries) == (2, 4)


def test_what_ends_leaves_nothing_behind(fanout: Fanout, counters: GatewayCounters) -> None:
    subscribe(fanout, "api/a/b", "id")
    assert counters.subscriptions == 1
    fanout.remove("api/a/b", "id")
    fanout.remove("api/a/b", "id")
    fanout.remove("api/a/c", "id")
    assert len(fanout) == 0
    assert counters.subscriptions == 0


@given(
    st.lists(st.text(max_size=300), min_size=1, max_size=5),
    st.lists(st.text("abc-", min_size=1, max_size=128), min_size=1, max_size=5, unique=True),
)
def test_frames_are_whole_whatever_their_length(events: list[str], ids: list[str]) -> None:
    ticks = Ticks()
    fanout = Fanout(ticks.call_soon, GatewayCounters())
    sockets = {id_: subscribe(fanout, "api/a/b", id_) for id_ in ids}
    fanout.deliver("api/a/b", [literal(event) for event in events])
    ticks.end()
    for id_, socket in sockets.items():
        assert [(f["id"], json.loads(f["event"])) for f in socket.frames()] == [(id_, e) for e in events]


def test_large_frames_have_long_headers(fanout: Fanout, ticks: Ticks) -> None:
    socket = subscribe(fanout, "api/a/b", "id")
    sizes = [1, 80, 90, 65_000, 65_600, 240_000]
    fanout.deliver("api/a/b", [literal("x" * size) for size in sizes])
    ticks.end()
    assert [len(json.loads(frame["event"])) for frame in socket.frames()] == sizes
