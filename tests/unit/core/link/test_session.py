"""What is sent arrives once and in order, over any number of connections."""

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from eventray_core.link.envelopes import Envelope, Publish, Renew
from eventray_core.link.session import LinkError, Session


def connected() -> tuple[Session, Session]:
    a, b = Session("b"), Session("a")
    a.connect(0)
    b.connect(0)
    return a, b


def move(source: Session, target: Session) -> list[Envelope]:
    frame = source.take_frame()
    return target.receive(frame) if frame is not None else []


def test_a_tick_is_one_frame_and_its_confirmation_is_a_count() -> None:
    a, b = connected()
    numbers = [a.send(Renew(n)) for n in (1, 2, 3)]
    assert numbers == [1, 2, 3]
    assert move(a, b) == [Renew(1), Renew(2), Renew(3)]
    assert a.acked == 0
    assert move(b, a) == []
    assert a.acked == 3
    assert a.unacked_bytes == 0


def test_nothing_new_is_no_frame() -> None:
    a, b = connected()
    assert a.take_frame() is not None  # what it has processed, on a new connection
    assert a.take_frame() is None
    a.send(Renew(1))
    move(a, b)
    move(b, a)
    assert a.take_frame() is None
    assert b.take_frame() is None


def test_a_heartbeat_is_a_frame_in_any_case() -> None:
    a, b = connected()
    assert b.receive(a.heartbeat()) == []


def test_waking_comes_when_there_is_something_to_say() -> None:
    a, b = connected()
    a.take_frame()
    b.take_frame()
    woken: list[str] = []
    a.wake, b.wake = lambda: woken.append("a"), lambda: woken.append("b")
    a.send(Renew(1))
    a.send(Renew(2))
    assert woken == ["a"]
    move(a, b)
    assert woken == ["a", "b"]


def test_without_a_connection_everything_waits() -> None:
    a = Session("b")
    a.send(Renew(1))
    assert a.take_frame() is None
    a.connect(0)
    frame = a.take_frame()
    assert frame is not None
    b = Session("a")
    b.connect(0)
    assert b.receive(frame) == [Renew(1)]


def test_what_the_peer_has_is_not_sent_again_after_a_reconnect() -> None:
    a, b = connected()
    a.send(Renew(1))
    move(a, b)
    a.send(Renew(2))
    a.take_frame()  # lost with the connection
    for session, count in ((a, b.received), (b, a.received)):
        session.disconnect()
        session.connect(count)
    assert move(a, b) == [Renew(2)]


def test_much_goes_into_many_frames_also_after_a_reconnect() -> None:
    a, b = connected()
    envelope = Publish(1, 2, 3, 4, 5, "a", "/b", ["id"], [b"x" * 100_000], 1000)
    for _ in range(100):
        a.send(envelope)
    for count in (0, 40):
        frames = 0
        a.disconnect()
        a.connect(b.received)
        while b.received < (40 if count == 0 else 100) and (frame := a.take_frame()) is not None:
            assert len(frame) < 1_200_000
            assert all(received == envelope for received in b.receive(frame))
            a.check_invariants()
            frames += 1
        assert frames >= 4
    assert b.received == 100
    assert a.take_frame() is None


@pytest.mark.parametrize(
    "frame",
    [
        msgspec.msgpack.encode((1, 1, [])),
        msgspec.msgpack.encode((-1, 1, [])),
        msgspec.msgpack.encode((0, 5, [])),
        msgspec.msgpack.encode((0, 1, [[99]])),
        msgspec.msgpack.encode("hello"),
        b"\xc1",
        b"",
    ],
)
def test_nonsense_breaks_the_link_and_not_the_session(frame: bytes) -> None:
    a, b = connected()
    with pytest.raises(LinkError):
        a.receive(frame)
    a.check_invariants()
    a.send(Renew(1))
    assert move(a, b) == [Renew(1)]


def test_a_peer_that_forgets_is_found_out() -> None:
    a, b = connected()
    a.send(Renew(1))
    move(a, b)
    move(b, a)
    a.disconnect()
    with pytest.raises(LinkError):
        a.connect(0)


class TwoEnds(RuleBasedStateMachine):
    """Both ends talk; frames are delayed, repeated and lost, connections break and come back."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = [Session("1"), Session("0")]
        self.sent: list[list[int]] = [[], []]
        self.heard: list[list[int]] = [[], []]
        self.wires: list[list[bytes]] = [[], []]
        self.reconnect()

    @rule()
    def reconnect(self) -> None:
        for end in self.ends:
            end.disconnect()
        self.wires = [[], []]
        counts = [end.received for end in self.ends]
        self.ends[0].connect(counts[1])
        self.ends[1].connect(counts[0])

    @rule(end=st.integers(0, 1), count=st.integers(1, 5))
    def send(self, end: int, count: int) -> None:
        for _ in range(count):
            self.sent[end].append(self.ends[end].send(Renew(len(self.sent[end]) + 1)))

    @rule(end=st.integers(0, 1), beat=st.booleans())
    def write(self, end: int, beat: bool) -> None:
        frame = self.ends[end].heartbeat() if beat else self.ends[end].take_frame()
        if frame is not None:
            self.wires[end].append(frame)

    @precondition(lambda self: any(self.wires))
    @rule(end=st.integers(0, 1), again=st.booleans())
    def deliver(self, end: int, again: bool) -> None:
        if not self.wires[end]:
            return
        frame = self.wires[end].pop(0)
        for _ in range(2 if again else 1):
            new = self.ends[1 - end].receive(frame)
            self.heard[1 - end] += [envelope.number for envelope in new if isinstance(envelope, Renew)]

    @invariant()
    def heard_is_a_beginning_of_sent(self) -> None:
        for end in (0, 1):
            assert self.heard[1 - end] == self.sent[end][: len(self.heard[1 - end])]
            assert self.ends[end].acked <= len(self.heard[1 - end])
            self.ends[end].check_invariants()

    def teardown(self) -> None:
        """In the end everything arrives and is confirmed."""
        self.reconnect()
        for _ in range(3):
            for end in (0, 1):
                self.write(end, False)
                self.deliver(end, False)
        assert self.heard == [self.sent[1], self.sent[0]]
        assert [end.acked for end in self.ends] == [len(sent) for sent in self.sent]


TestTwoEnds = TwoEnds.TestCase
TestTwoEnds.settings = settings(max_examples=300, stateful_step_count=40, deadline=None, print_blob=True)
