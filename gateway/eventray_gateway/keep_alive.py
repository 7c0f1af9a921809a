"""`ka` for all connections from one timer: each has a place on a wheel that turns once per interval."""

import random
from collections.abc import Callable


class KeepAliveWheel:
    """Connections by the step at which their `ka` is due.

    A connection's first `ka` comes in the second half of an interval from its `add`, at a random step: those
    who came together are not served together for ever, and a client hears its acknowledgement before it.
    """

    def __init__(self, steps: int, choose: Callable[[int], int] = random.randrange) -> None:
        self._steps: list[dict[int, Callable[[], None]]] = [{} for _ in range(steps)]
        self._place: dict[int, int] = {}
        self._now = 0
        self._choose = choose

    def add(self, connection: int, beat: Callable[[], None]) -> None:
        """Call `beat` once per turn from now on."""
        steps = len(self._steps)
        step = (self._now + 1 + steps // 2 + self._choose(steps - steps // 2)) % steps
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
