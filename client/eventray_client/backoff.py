"""How long to wait before the next attempt."""

from dataclasses import dataclass

MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first_s` to `most_s` seconds; each is shortened by up to half, by chance.

    Chance keeps the clients of a server that comes back from coming back all at once.
    """

    first_s: float = 0.2
    most_s: float = 20.0

    def delay_s(self, attempt: int, chance: float) -> float:
        """The wait before attempt number `attempt`, counted from 0; `chance` is from 0 to 1."""
        whole: float = min(self.most_s, self.first_s * 2 ** min(attempt, MOST_DOUBLINGS))
        return whole * (1 - chance / 2)
