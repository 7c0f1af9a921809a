"""The same load by another generator, to hold ours against: a program with the options of `wsload`."""

import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import cores, pinned, wait_until_quiet
from benchmarks.measurements import scenario_figures
from benchmarks.scenarios import EVENT_BYTES, SCENARIOS, Effort, Scenario
from benchmarks.servers import Server, eventray

OTHERS_STAMP = 32
"""Bytes of the other's event that are not padding."""

NAMES = {"deliveries_per_s": "deliveries/s", "publishes_per_s": "publishes/s", "delay_ms": "p50, ms"}
PRINTED = {"deliveries_per_s": "deliv/s", "publishes_per_s": "pub/s", "delay_ms": "p50"}
"""What the other says before each figure."""


def compare(program: Path, effort: Effort) -> None:
    """Print what both say of EventRay, in turns."""
    table = Table("scenario", "figure", "ours", "the other's", "ours / other's")
    with (
        tempfile.TemporaryDirectory(prefix="er-bench-") as folder,
        eventray(Path(folder), cores()[0]) as server,
    ):
        for scenario in SCENARIOS:
            pairs = [_pair(program, effort, server, scenario) for _ in range(effort.repetitions)]
            ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
            digits = 0 if ours > 100 else 2
            cells = (f"{ours:,.{digits}f}", f"{theirs:,.{digits}f}", f"{ours / theirs:.2f}")
            table.add_row(scenario.title, NAMES[scenario.figure], *cells)
    Console(width=100).print(table)


def _pair(program: Path, effort: Effort, server: Server, scenario: Scenario) -> tuple[float, float]:
    figure = scenario_figures(scenario, effort, server)[scenario.figure]
    ours = float(figure["p50"] if scenario.figure == "delay_ms" else figure)
    return ours, _by_other(program, effort, server, scenario)


def _by_other(program: Path, effort: Effort, server: Server, scenario: Scenario) -> float:
    target = server.target[scenario.events_per_publish]
    assert target.protocol is not None
    assert target.subscribe is not None
    body = target.body.replace("x" * (EVENT_BYTES - 26), "%P")
    command = [str(program), "-p", str(target.port), "-path", target.path, "-proto", target.protocol]
    command += ["-n", str(scenario.subscribers), "-pubs", str(scenario.publishers), "-s", str(effort.seconds)]
    command += ["-acks", "1", "-m", target.subscribe.replace("%I", "0%I"), "-ppath", target.publish_path]
    command += ["-H", f"{target.header}\r\n", "-body", body, "-size", str(EVENT_BYTES - OTHERS_STAMP)]
    command += ["-r", str(scenario.rate)] if scenario.rate is not None else []
    wait_until_quiet(effort.quiet_s)
    ended = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=pinned(cores()[1]))
    said = re.search(rf"{PRINTED[scenario.figure]} ([\d.]+)", ended.stdout)
    assert said is not None, ended.stdout
    return float(said[1])
