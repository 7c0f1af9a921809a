"""Medians of repetitions, and what they say of the lines that the project has drawn."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Figures = dict[str, Any]


def median_of(runs: Sequence[Figures]) -> Figures:
    """Each number's median; figures within figures likewise. What is None in any run is None."""
    return {name: _median([run[name] for run in runs]) for name in runs[0]} if runs else {}


def _median(values: list[Any]) -> Any:
    if any(value is None for value in values):
        return None
    if isinstance(values[0], dict):
        return median_of([value for value in values if value.keys() == values[0].keys()])
    return statistics.median(values)


@dataclass(frozen=True, slots=True)
class Line:
    """What is asked for, and how to read it off; None where nothing was measured."""

    text: str
    unit: str
    limit: float
    is_least: bool
    read: Callable[[Figures], float | None]

    def is_met(self, value: float) -> bool:
        """Whether the figure is on the right side."""
        return value >= self.limit if self.is_least else value <= self.limit


def _of(medians: Figures, *path: str) -> float | None:
    value: Any = medians
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int | float) else None


def _times_nchan(medians: Figures) -> float | None:
    ours = _of(medians, "scenarios", "fan-out", "EventRay", "deliveries_per_s")
    theirs = _of(medians, "scenarios", "fan-out", "Nchan", "deliveries_per_s")
    return ours / theirs if ours and theirs else None


LINES = (
    Line("deliveries/s of Nchan's, 1,000 subscribers, 1 event", "times", 2.0, True, _times_nchan),
    Line(
        "p50 at 200 publishes/s to 100 subscribers",
        "ms",
        2.0,
        False,
        lambda m: _of(m, "scenarios", "paced", "EventRay", "delay_ms", "p50"),
    ),
    Line(
        "HTTP publishes/s at 10 subscribers",
        "/s",
        6_000,
        True,
        lambda m: _of(m, "scenarios", "publishes", "EventRay", "publishes_per_s"),
    ),
    Line(
        "memory per idle subscribed connection (USS)",
        "bytes",
        12_000,
        False,
        lambda m: _of(m, "idle", "EventRay", "uss_bytes"),
    ),
)
