"""The same load by another generator, to hold ours against: a program with the options of `wsload`."""

import re
import statistics
import subprocess
import tempfile
import time
from dataclasses import astuple, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import cores, pinned, wait_until_quiet
from benchmarks.measurements import DELIVERIES_AND_WRITES, FLUSH_S, scenario_figures
from benchmarks.scenarios import EVENT_BYTES, SCENARIOS, Effort, Scenario
from benchmarks.servers import Server, eventray

OTHERS_STAMP = 32
"""Bytes of the other's event that are not padding."""

NAMES = {"deliveries_per_s": "deliveries/s", "publishes_per_s": "publishes/s", "delay_ms": "p50, ms"}
PRINTED = {"deliveries_per_s": "deliv/s", "publishes_per_s": "pub/s", "delay_ms": "p50"}
"""What the other says before each figure."""
OTHERS_WARM_UP_S = 1.0
LIMIT = 0.95
"""A generator that is busier than this limits what it measures."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one of the two generators said of one run, and what the run was like."""

    figure: float
    busy: float
    """The generator's processor time, in cores."""
    per_write: float
    """Deliveries per write of the gateway."""


def compare(program: Path, effort: Effort) -> None:
    """Print what both say of EventRay, in turns."""
    table = Table(
        *("scenario", "figure", "ours", "the other's", "ours / other's"),
        *("busy:\nours", "\nother's", "deliveries/write:\nours", "\nother's"),
    )
    with (
        tempfile.TemporaryDirectory(prefix="er-bench-") as folder,
        eventray(Path(folder), cores()[0]) as server,
    ):
        for scenario in SCENARIOS:
            pairs = [_pair(program, effort, server, scenario) for _ in range(effort.repetitions)]
            table.add_row(*_cells(scenario, *(_median(side) for side in zip(*pairs, strict=True))))
    console = Console(width=120)
    console.print(table)
    console.print(f"A generator that is busy for {LIMIT:.0%} or more is itself what limits its figure.")


def _median(runs: tuple[Said, ...]) -> Said:
    return Said(*(statistics.median(values) for values in zip(*map(astuple, runs), strict=True)))


def _cells(scenario: Scenario, ours: Said, theirs: Said) -> tuple[str, ...]:
    digits = 0 if ours.figure > 100 else 2
    return (
        *(scenario.title, NAMES[scenario.figure]),
        *(f"{ours.figure:,.{digits}f}", f"{theirs.figure:,.{digits}f}", f"{ours.figure / theirs.figure:.2f}"),
        *(f"{ours.busy:.0%}", f"{theirs.busy:.0%}", f"{ours.per_write:.1f}", f"{theirs.per_write:.1f}"),
    )


def _pair(program: Path, effort: Effort, server: Server, scenario: Scenario) -> tuple[Said, Said]:
    figures = scenario_figures(scenario, effort, server)
    figure = figures[scenario.figure]
    ours = float(figure["p50"] if scenario.figure == "delay_ms" else figure)
    theirs = _by_other(program, effort, server, scenario)
    return Said(ours, figures["generator_busy"], figures["deliveries_per_write"]), theirs


def _by_other(program: Path, effort: Effort, server: Server, scenario: Scenario) -> Said:
    wait_until_quiet(effort.quiet_s)
    before = server.metrics(*DELIVERIES_AND_WRITES)
    ended = subprocess.run(
        _command(program, effort, server, scenario),
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=pinned(cores()[1]),
    )
    time.sleep(FLUSH_S)
    after = server.metrics(*DELIVERIES_AND_WRITES)
    assert before is not None
    assert after is not None
    deliveries, writes = (now - then for now, then in zip(after, before, strict=True))
    cpu_s = _number("gen cpu", ended.stdout)
    return Said(
        _number(PRINTED[scenario.figure], ended.stdout),
        cpu_s / (OTHERS_WARM_UP_S + effort.seconds),
        deliveries / max(1, writes),
    )


def _number(after: str, text: str) -> float:
    said = re.search(rf"{after} ([\d.]+)", text)
    assert said is not None, text
    return float(said[1])


def _command(program: Path, effort: Effort, server: Server, scenario: Scenario) -> list[str]:
    target = server.target[scenario.events_per_publish]
    assert target.protocol is not None
    assert target.subscribe is not None
    body = target.body.replace("x" * (EVENT_BYTES - 26), "%P")
    command = [str(program), "-p", str(target.port), "-path", target.path, "-proto", target.protocol]
    command += ["-n", str(scenario.subscribers), "-pubs", str(scenario.publishers), "-s", str(effort.seconds)]
    command += ["-acks", "1", "-m", target.subscribe.replace("%I", "0%I"), "-ppath", target.publish_path]
    command += ["-H", f"{target.header}\r\n", "-body", body, "-size", str(EVENT_BYTES - OTHERS_STAMP)]
    return command + (["-r", str(scenario.rate)] if scenario.rate is not None else [])
