"""Time-outs for many connections at once: one dict in the order of deadlines, one timer for all of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol


class Watched(Protocol):
    """What can be made to end at once."""

    def abort(self) -> None:
        """End now."""


class Deadlines:
    """Everything that is started here must end within one and the same time.

    No more than `capacity` may be under way: one more, and the oldest is aborted, so that those who hold out
    give way to those who come, and clients that are quick are always served. All steps take constant time.
    """

    __slots__ = ("_capacity", "_due", "_loop", "_timeout", "_timer", "dropped", "late")

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout_ms: int, capacity: int | None = None) -> None:
        self._loop = loop
        self._timeout = timeout_ms / 1000
        self._capacity = capacity
        self._due: OrderedDict[Watched, tuple[float, Callable[[], object]]] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self.late = 0
        """How many were not in time."""
        self.dropped = 0
        """How many had to give way."""

    def start(self, item: Watched, late: Callable[[], object]) -> None:
        """Call `late` unless `cancel` comes in time; an item that is under way starts anew."""
        self._due.pop(item, None)
        due = self._loop.time() + self._timeout
        self._due[item] = (due, late)
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._look)
        if self._capacity is not None and len(self._due) > self._capacity:
            oldest, _ = self._due.popitem(last=False)
            self.dropped += 1
            oldest.abort()

    def cancel(self, item: Watched) -> None:
        """It ended in time; harmless if it was never started."""
        self._due.pop(item, None)

    def __len__(self) -> int:
        return len(self._due)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._due:
            item, (due, late) = next(iter(self._due.items()))
            if due > now:
                self._timer = self._loop.call_at(due, self._look)
                return
            del self._due[item]
            self.late += 1
            late()

    def close(self) -> None:
        """Forget everything."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
