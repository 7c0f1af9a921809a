"""The figures as pictures, made from the results' JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.scenarios import IDLE_CONNECTIONS, SCENARIOS

Figures = dict[str, Any]

COLOURS = {"EventRay": "#1b6ca8", "Nchan": "#b0b0b0"}


def draw_all(results: Figures, folder: Path, stem: str) -> list[Path]:
    """Write each picture as PNG and as SVG; the files."""
    medians, runs = results["medians"], results["runs"]
    pictures: dict[str, Callable[[Axes], None]] = {}
    if {"fan-out", "fan-out-5"} & medians["scenarios"].keys():
        pictures["deliveries"] = lambda axes: _draw_deliveries(axes, runs["scenarios"])
    if "paced" in medians["scenarios"]:
        pictures["delay"] = lambda axes: _draw_delay(axes, medians["scenarios"]["paced"])
    if medians["idle"]:
        pictures["memory"] = lambda axes: _draw_memory(axes, runs["idle"])
    # No date and no random ids in the files: the same figures make the same files.
    mpl.rcParams["svg.hashsalt"] = "eventray"
    return [
        path for name, draw in pictures.items() for path in _save(draw, folder / f"{stem}-{name}", results)
    ]


def _save(draw: Callable[[Axes], None], path: Path, results: Figures) -> list[Path]:
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.add_subplot()
    draw(axes)
    axes.spines[["top", "right"]].set_visible(False)
    machine = f"{results['machine']['processor']}; commit {results['commit'][:12]}, {results['date'][:10]}"
    figure.text(1.0, -0.02, machine, ha="right", va="top", fontsize=7, color="grey")
    files = [path.with_name(f"{path.name}.{kind}") for kind in ("png", "svg")]
    figure.savefig(files[0], dpi=150, bbox_inches="tight")
    figure.savefig(files[1], bbox_inches="tight", metadata={"Date": None})
    return files


def _bars(axes: Axes, groups: dict[str, dict[str, list[float]]]) -> None:
    """Horizontal bars of medians, every repetition a dot on its bar."""
    labels: list[str] = []
    for label, servers in groups.items():
        for server, values in servers.items():
            place = len(labels)
            labels.append(f"{server}: {label}" if label else server)
            middle = sorted(values)[len(values) // 2]
            axes.barh(place, middle, color=COLOURS.get(server, "#888888"))
            axes.plot(values, [place] * len(values), "o", color="black", markersize=3, alpha=0.6)
            axes.annotate(
                f"{middle:,.0f}", (max(values), place), (6, 0), textcoords="offset points", va="center"
            )
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _draw_deliveries(axes: Axes, scenarios: Figures) -> None:
    groups: dict[str, dict[str, list[float]]] = {}
    for scenario in SCENARIOS:
        if scenario.figure == "deliveries_per_s" and scenario.name in scenarios:
            label = (
                f"{scenario.events_per_publish} event{'s' * (scenario.events_per_publish > 1)} per publish"
            )
            groups[label] = {
                server: [run["deliveries_per_s"] for run in runs]
                for server, runs in scenarios[scenario.name].items()
            }
    _bars(axes, groups)
    axes.set_xlabel("deliveries/s, one core, 1,000 subscribers, 16 closed-loop HTTP publishers, 100 bytes")


def _draw_delay(axes: Axes, servers: Figures) -> None:
    quantiles = ("p50", "p90", "p99", "p999")
    for place, (server, figures) in enumerate(servers.items()):
        at = [x + 0.4 * place for x in range(len(quantiles))]
        values = [figures["delay_ms"][quantile] for quantile in quantiles]
        axes.bar(at, values, 0.38, color=COLOURS.get(server, "#888888"), label=server)
        for x, value in zip(at, values, strict=True):
            axes.annotate(f"{value:.2f}", (x, value), ha="center", va="bottom", fontsize=8)
    axes.set_xticks([x + 0.2 for x in range(len(quantiles))], ["p50", "p90", "p99", "p99.9"])
    axes.set_ylabel("ms from due to delivered")
    axes.set_title("200 publishes/s to 100 subscribers", fontsize=10)
    axes.legend(frameon=False)


def _draw_memory(axes: Axes, idle: Figures) -> None:
    _bars(axes, {"": {server: [run["uss_bytes"] for run in runs] for server, runs in idle.items()}})
    axes.set_xlabel(f"bytes (USS) of the server per connection, {IDLE_CONNECTIONS:,} idle subscribers")
