"""Everything in its order: the servers take turns within each repetition, so that a noisy minute hits all."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.machine import cores, facts
from benchmarks.measurements import ceiling_figures, idle_figures, scenario_figures
from benchmarks.scenarios import CEILING_FRAMES_PER_WRITE, SCENARIOS, Effort
from benchmarks.servers import Server, Start, eventray, has_nchan, nchan
from benchmarks.summary import median_of

Figures = dict[str, Any]
Say = Callable[[str], None]

PARTS = ("ceiling", "start", *(scenario.name for scenario in SCENARIOS))
"""What can be asked for by name; idle connections and connects are measured with the starts."""


def run(effort: Effort, parts: tuple[str, ...], say: Say) -> Figures:
    """Measure the parts; all the figures of all repetitions, and their medians."""
    results: Figures = {**facts(), "effort": asdict(effort)}
    ceiling: Figures = {}
    starts: Figures = {"start": [], "idle": {}}
    scenarios: Figures = {}
    if "ceiling" in parts:
        ceiling = _ceiling(effort, say)
    with _folder() as folder:
        if "start" in parts:
            starts = _starts(effort, folder, say)
        wanted = [scenario for scenario in SCENARIOS if scenario.name in parts]
        if wanted:
            scenarios = _scenarios(effort, folder, say, tuple(scenario.name for scenario in wanted))
    results["runs"] = {"ceiling": ceiling, **starts, "scenarios": scenarios}
    results["medians"] = medians_of(results["runs"])
    return results


def medians_of(runs: Figures) -> Figures:
    """The figures without their repetitions."""
    return {
        "ceiling": {name: median_of(of) for name, of in runs["ceiling"].items()},
        "start": median_of(runs["start"]),
        "idle": {name: median_of(of) for name, of in runs["idle"].items()},
        "scenarios": {
            scenario: {name: median_of(of) for name, of in servers.items()}
            for scenario, servers in runs["scenarios"].items()
        },
    }


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="er-bench-") as name:
        yield Path(name)


def _ceiling(effort: Effort, say: Say) -> Figures:
    say("the generator by itself")
    figures: Figures = {str(frames): [] for frames in CEILING_FRAMES_PER_WRITE}
    for _ in range(effort.ceilings):
        for frames in CEILING_FRAMES_PER_WRITE:
            figures[str(frames)].append(ceiling_figures(frames, effort))
    return figures


def _starts(effort: Effort, folder: Path, say: Say) -> Figures:
    """The first start makes the data directory, and does not count."""
    figures: Figures = {"start": [], "idle": {}}
    server_core = cores()[0]
    say("first start")
    with eventray(folder, server_core):
        pass
    for number in range(1, effort.starts + 1):
        say(f"start, connects and idle connections, {number} of {effort.starts}")
        start = Start()
        with eventray(folder, server_core, start) as server:
            figures["idle"].setdefault(server.name, []).append(idle_figures(server, effort))
        figures["start"].append(asdict(start))
        if has_nchan():
            with nchan(folder, server_core) as server:
                figures["idle"].setdefault(server.name, []).append(idle_figures(server, effort))
    return figures


def _scenarios(effort: Effort, folder: Path, say: Say, names: tuple[str, ...]) -> Figures:
    figures: Figures = {name: {} for name in names}
    with ExitStack() as stack:
        servers = _servers(folder, stack)
        for number in range(1, effort.repetitions + 1):
            for scenario in SCENARIOS:
                if scenario.name not in names:
                    continue
                for server in servers:
                    if scenario.events_per_publish not in server.target:
                        continue
                    say(f"{scenario.name}, {server.name}, {number} of {effort.repetitions}")
                    runs = figures[scenario.name].setdefault(server.name, [])
                    runs.append(scenario_figures(scenario, effort, server))
    return figures


def _servers(folder: Path, stack: ExitStack) -> list[Server]:
    """All at once: those that are not measured are idle."""
    server_core = cores()[0]
    servers = [stack.enter_context(eventray(folder, server_core))]
    if has_nchan():
        servers.append(stack.enter_context(nchan(folder, server_core)))
    return servers
