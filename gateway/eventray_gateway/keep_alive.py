"""`ka` for all connections from one timer: each has a place on a wheel that turns once per interval."""

import random
from collections.abc import Callable


class KeepAliveWheel:
    """Connections by the step at which their `ka` is due.

    A connection's first `ka` comes within one interval and one step of its `add`, at a random step, so that
    those who came together are not served together for ever.
    """

    def __init__(self, steps: int, choose: Callable[[int], int] = random.randrange) -> None:
        self._steps: list[dict[int, Callable[[], None]]] = [{} for _ in range(steps)]
        self._place: dict[int, int] = {}
        self._now = 0
        self._choose = choose

    def add(self, connection: int, beat: Callable[[], None]) -> None:
        """Call `beat` once per turn from now on."""
        step = self._choose(len(self._steps))
        self._place[connection] = step
        self._steps[step][connection] = beat

    def remove(self, connection: int) -> None:
        """No more; harmless if it was never added."""
        step = self._place.pop(connection, None)
        if step is not None:
            del self._steps[step][connection]

    def turn(self) -> None:
        """One step: call those that are due."""
        self._now = (self._now + 1) % len(self._steps)
        for beat in list(self._steps[self._now].values()):
            beat()

    def __len__(self) -> int:
        return len(self._place)
