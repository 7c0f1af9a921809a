"""Time, and processes that may stand still or die."""

import heapq
from collections.abc import Callable
from itertools import count
from random import Random

Action = Callable[[], None]


class World:
    """Real time, which no process knows, and all that is going to happen in it."""

    def __init__(self, seed: int = 0) -> None:
        self.now = 0.0
        self.random = Random(seed)
        self._agenda: list[tuple[float, int, Action]] = []
        self._order = count()
        self._moments = count(1)

    def after(self, delay: float, action: Action) -> None:
        """Something happens later; what is due at the same time happens in the order of these calls."""
        heapq.heappush(self._agenda, (self.now + delay, next(self._order), action))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self._agenda and self._agenda[0][0] <= until:
            self.now, _, action = heapq.heappop(self._agenda)
            action()
        self.now = until

    def moment(self) -> int:
        """A number that grows with each call, to tell which of two things happened first."""
        return next(self._moments)


class Process:
    """One operating system process: it has a clock of its own, and handles one input after the other.

    While it is frozen the world goes on; what arrived meanwhile waits for it.
    """

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.is_alive = True
        self.is_silent = False
        """Whether it went without a trace: nothing answers for it, not even to say that it is gone."""
        self.frozen_since: float | None = None
        self.handled: Action = lambda: None
        """Called after each input."""
        self._skew = world.random.uniform(0, 1000)
        self._waiting: list[Action] = []

    def clock(self) -> float:
        """Its monotonic clock."""
        return self.world.now + self._skew

    def input(self, action: Action) -> None:
        """Something from outside, or a timer."""
        if self.frozen_since is not None:
            self._waiting.append(action)
        elif self.is_alive:
            action()
            self.handled()

    def later(self, delay: float, action: Action) -> None:
        """A timer."""
        self.world.after(delay, lambda: self.input(action))

    def every(self, delay: float, action: Action) -> None:
        """A loop that sleeps between rounds."""

        def round_() -> None:
            self.later(delay, round_)
            action()

        self.later(delay, round_)

    def freeze(self) -> None:
        """SIGSTOP."""
        if self.frozen_since is None:
            self.frozen_since = self.world.now

    def thaw(self) -> None:
        """SIGCONT."""
        self.frozen_since = None
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            self.input(action)

    def die(self, silent: bool) -> None:
        """SIGKILL, or, silently, the end of the whole machine."""
        self.is_alive = False
        self.is_silent = silent
        self.frozen_since = None
        self._waiting.clear()
