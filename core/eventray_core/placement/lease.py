"""A member's right to serve, as the member itself sees it."""


class Lease:
    """Valid for `duration` after the sending of the latest renewal that the directory answered.

    Counting from the sending makes the member's lease end before the directory's count of it does.
    Times are the member's own monotonic seconds.
    """

    __slots__ = ("_duration", "_last", "_sent", "_until")

    def __init__(self, duration: float) -> None:
        self._duration = duration
        self._sent: dict[int, float] = {}
        self._until = float("-inf")
        self._last = 0

    def sent(self, now: float) -> int:
        """A renewal goes out; returns its number. Forgets those too old to matter."""
        self._last += 1
        self._sent = {n: at for n, at in self._sent.items() if at + self._duration > now}
        self._sent[self._last] = now
        return self._last

    def confirmed(self, number: int) -> None:
        """The directory answered that renewal. Late and repeated answers are harmless."""
        at = self._sent.pop(number, None)
        if at is not None:
            self._until = max(self._until, at + self._duration)

    def valid(self, now: float) -> bool:
        """Whether the member may serve."""
        return now < self._until

    @property
    def until(self) -> float:
        """When it ends; minus infinity if there never was one."""
        return self._until
