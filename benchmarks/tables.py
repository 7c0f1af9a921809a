"""What `make bench` prints."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.scenarios import CEILING_SUBSCRIBERS, IDLE_CONNECTIONS, SCENARIOS, Scenario
from benchmarks.summary import LINES

Figures = dict[str, Any]

TOO_MUCH = 0.2
"""Cores' worth of others' work that makes the figures doubtful."""
WIDTH = 132
"""Of the widest table; a narrower terminal breaks its lines."""


def print_all(results: Figures) -> None:
    """Every table for which there are figures."""
    console = Console(width=max(WIDTH, Console().width))
    medians = results["medians"]
    _print_machine(console, results)
    if medians["scenarios"]:
        for scenario in SCENARIOS:
            if scenario.name in medians["scenarios"]:
                console.print(_scenario(scenario, medians["scenarios"][scenario.name]))
        console.print(_lines(medians))
        _print_disturbance(console, medians["scenarios"])
    if medians["ceiling"]:
        console.print(_ceiling(medians["ceiling"]))
    if medians["idle"]:
        console.print(_idle(medians["idle"]))
    if medians["start"]:
        console.print(_start(medians["start"]))
        console.print(_resident(medians["start"]["resident"]))


def _print_machine(console: Console, results: Figures) -> None:
    machine, versions = results["machine"], results["versions"]
    nice = f", all at niceness {machine['niceness']}" if machine["niceness"] else ""
    changed = " with changes" if results["uncommitted"] else ""
    console.print(
        f"{machine['processor']}, {machine['cores']} cores; EventRay {versions['eventray']} "
        f"({results['commit'][:12]}{changed}), Python {versions['python']}, Ray {versions['ray']}, "
        f"nginx {versions['nginx']}, Nchan {versions['nchan']}. Servers on core {machine['server_core']}, "
        f"generator on core {machine['generator_core']}{nice}. "
        f"Medians of {results['effort']['repetitions']}.",
        highlight=False,
    )


def _scenario(scenario: Scenario, servers: Figures) -> Table:
    load = "closed loop" if scenario.is_closed_loop else "paced"
    table = Table(title=f"{scenario.title} ({load})", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("server", min_width=8, no_wrap=True)
    for heading in (
        *("deliveries\n/s", "publishes\n/s", "p50\nms", "p99\nms", "deliveries\n/write", "frames\n/read"),
        *("deliveries\n/CPU s", "server\nbusy", "generator\nbusy", "others'\ncores", "missing"),
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for server, figures in servers.items():
        table.add_row(server, *_scenario_cells(figures))
    return table


def _print_disturbance(console: Console, scenarios: Figures) -> None:
    others = max(figures["others_cores"] for servers in scenarios.values() for figures in servers.values())
    if others > TOO_MUCH:
        console.print(
            f"Others used up to {others:.1f} cores meanwhile: rates are too low, delays too long, and what "
            "is missed may be missed because of them. Repeat this on an idle machine.",
            style="bold",
        )


def _scenario_cells(figures: Figures) -> list[str]:
    return [
        *(_count(figures["deliveries_per_s"]), _count(figures["publishes_per_s"])),
        *(f"{figures['delay_ms']['p50']:.2f}", f"{figures['delay_ms']['p99']:.2f}"),
        _ratio(figures["deliveries_per_write"]),
        _ratio(figures["frames_per_read"]),
        _count(figures["deliveries_per_cpu_s"]),
        *(f"{figures['server_busy']:.0%}", f"{figures['generator_busy']:.0%}"),
        f"{figures['others_cores']:.2f}",
        _count(figures["missing_deliveries"]),
    ]


def _lines(medians: Figures) -> Table:
    table = Table("EventRay's line", "asked for", "measured", "", title="Lines")
    for line in LINES:
        value = line.read(medians)
        asked = f"{'at least' if line.is_least else 'at most'} {line.limit:,g} {line.unit}"
        if value is None:
            table.add_row(line.text, asked, "not measured", "")
        else:
            verdict = "met" if line.is_met(value) else "MISSED"
            table.add_row(
                line.text, asked, f"{value:,.4g} {line.unit}" if value < 1_000 else _count(value), verdict
            )
    return table


def _ceiling(ceiling: Figures) -> Table:
    title = f"The generator by itself: {CEILING_SUBSCRIBERS:,} sockets of a loop that only writes"
    table = Table("frames per write", title=title)
    for heading in ("deliveries/s", "frames\nper read", "generator\nbusy", "deliveries\nper busy second"):
        table.add_column(heading, justify="right")
    for frames, figures in ceiling.items():
        table.add_row(
            frames,
            _count(figures["deliveries_per_s"]),
            _ratio(figures["frames_per_read"]),
            f"{figures['generator_busy']:.0%}",
            _count(figures["deliveries_per_busy_s"]),
        )
    return table


def _idle(idle: Figures) -> Table:
    table = Table("server", title=f"{IDLE_CONNECTIONS:,} idle subscribed connections on a fresh server")
    for heading in ("connect + subscribe /s", "bytes each (USS)", "bytes each (RSS)"):
        table.add_column(heading, justify="right")
    for server, figures in idle.items():
        names = ("connects_per_s", "uss_bytes", "rss_bytes")
        table.add_row(server, *(_count(figures[name]) for name in names))
    return table


def _start(start: Figures) -> Table:
    table = Table("start of `eventray serve`", title="Warm starts")
    table.add_column("s", justify="right")
    for name in ("until_ready", "of_ray", "until_stopped"):
        table.add_row(name.replace("_", " ").replace("of ray", "of it for Ray"), f"{start[name]:.1f}")
    return table


def _resident(resident: dict[str, float]) -> Table:
    table = Table(
        "process of the idle service", title="Resident memory, pages shared by several counted in each"
    )
    table.add_column("MB", justify="right")
    for name, size in sorted(resident.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{size / 1e6:.0f}")
    table.add_section()
    table.add_row("all", f"{sum(resident.values()) / 1e6:.0f}")
    return table


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
