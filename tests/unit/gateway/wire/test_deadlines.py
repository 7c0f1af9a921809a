import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from eventray_gateway.wire.deadlines import Deadlines


class HandLoop:
    """A loop whose time is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, Callable[[], object]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, due: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        self.timers.append((due, callback))
        return cast(asyncio.TimerHandle, object())

    def advance(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for _, callback in due:
            callback()


class Item:
    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log

    def abort(self) -> None:
        self.log.append(f"{self.name} aborted")

    def late(self) -> None:
        self.log.append(f"{self.name} late")


@pytest.fixture
def loop() -> HandLoop:
    return HandLoop()


def make(loop: HandLoop, capacity: int | None = None) -> Deadlines:
    return Deadlines(cast(asyncio.AbstractEventLoop, loop), 1_000, capacity)


def test_each_is_late_at_its_own_time(loop: HandLoop) -> None:
    log: list[str] = []
    deadlines = make(loop)
    for name in "abc":
        item = Item(name, log)
        deadlines.start(item, item.late)
        loop.advance(0.25)
    assert log == []
    loop.advance(0.25)
    assert log == ["a late"]
    loop.advance(0.5)
    assert log == ["a late", "b late", "c late"]
    assert (deadlines.late, len(deadlines), loop.timers) == (3, 0, [])


def test_who_is_in_time_is_left_alone(loop: HandLoop) -> None:
    log: list[str] = []
    deadlines = make(loop)
    item = Item("a", log)
    deadlines.start(item, item.late)
    deadlines.cancel(item)
    deadlines.cancel(item)
    loop.advance(2)
    assert (log, deadlines.late, loop.timers) == ([], 0, [])


def test_starting_again_begins_anew_and_goes_to_the_end(loop: HandLoop) -> None:
    log: list[str] = []
    deadlines = make(loop)
    first, second = Item("a", log), Item("b", log)
    deadlines.start(first, first.late)
    deadlines.start(second, second.late)
    loop.advance(0.5)
    deadlines.start(first, first.late)
    loop.advance(0.5)
    assert log == ["b late"]
    loop.advance(0.5)
    assert log == ["b late", "a late"]


def test_one_timer_serves_them_all(loop: HandLoop) -> None:
    deadlines = make(loop)
    for name in "abc":
        item = Item(name, [])
        deadlines.start(item, item.late)
    assert len(loop.timers) == 1


def test_one_too_many_makes_the_oldest_give_way(loop: HandLoop) -> None:
    log: list[str] = []
    deadlines = make(loop, capacity=2)
    for name in "abcd":
        item = Item(name, log)
        deadlines.start(item, item.late)
    assert log == ["a aborted", "b aborted"]
    assert (len(deadlines), deadlines.dropped, deadlines.late) == (2, 2, 0)


async def test_closing_forgets_everything() -> None:
    log: list[str] = []
    deadlines = Deadlines(asyncio.get_running_loop(), 0)
    item = Item("a", log)
    deadlines.start(item, item.late)
    deadlines.close()
    await asyncio.sleep(0)
    assert (log, len(deadlines)) == ([], 0)
