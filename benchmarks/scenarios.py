"""What is measured, as data. Sizes and counts are in the names, so that a figure says what it is of."""

from dataclasses import dataclass

EVENT_BYTES = 100
"""Of one event's JSON text."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Subscribers of one channel, and those who publish to it over HTTP."""

    name: str
    title: str
    subscribers: int
    publishers: int
    figure: str
    """What of it counts: `deliveries_per_s`, `publishes_per_s` or `delay_ms`."""
    events_per_publish: int = 1
    rate: float | None = None
    """Publishes per second; None is the closed loop: each publisher asks again as soon as it is answered."""

    @property
    def is_closed_loop(self) -> bool:
        """Whether the load adapts itself to the server, so that its delays say nothing of a lighter load."""
        return self.rate is None


@dataclass(frozen=True, slots=True)
class Effort:
    """How long everything is measured, and how often."""

    repetitions: int
    warm_up_s: float
    seconds: float
    starts: int
    """Fresh servers for the start, the idle connections and the connects."""
    ceilings: int
    ceiling_s: float
    quiet_s: float
    """How long to wait for others on this machine to finish their work, before each measurement."""


FAN_OUT = Scenario("fan-out", "1,000 subscribers, 1 event per publish", 1_000, 16, "deliveries_per_s")
FAN_OUT_5 = Scenario(
    "fan-out-5",
    "1,000 subscribers, 5 events per publish",
    1_000,
    16,
    "deliveries_per_s",
    events_per_publish=5,
)
PACED = Scenario("paced", "200 publishes/s to 100 subscribers", 100, 16, "delay_ms", rate=200.0)
PUBLISHES = Scenario("publishes", "10 subscribers, 1 event per publish", 10, 16, "publishes_per_s")

SCENARIOS = (FAN_OUT, FAN_OUT_5, PACED, PUBLISHES)

IDLE_CONNECTIONS = 10_000
"""Of the measurement of memory; each subscribes to the one channel."""

CEILING_SUBSCRIBERS = 1_000
CEILING_FRAMES_PER_WRITE = (1, 5, 16, 80)
CEILING_FRAME_BYTES = 160

FULL = Effort(repetitions=5, warm_up_s=1.0, seconds=5.0, starts=5, ceilings=3, ceiling_s=2.0, quiet_s=30.0)
QUICK = Effort(repetitions=3, warm_up_s=0.5, seconds=2.0, starts=1, ceilings=1, ceiling_s=1.0, quiet_s=0.0)
