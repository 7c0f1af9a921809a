"""One measurement each: a scenario, the generator's ceiling, idle connections. What they return is data."""

import sys
import time
from typing import Any

import psutil

from benchmarks.generator import Generator, Target, process_of, running
from benchmarks.machine import busy_seconds, cores, cpu_seconds, wait_until_quiet
from benchmarks.scenarios import (
    CEILING_FRAME_BYTES,
    CEILING_SUBSCRIBERS,
    IDLE_CONNECTIONS,
    Effort,
    Scenario,
)
from benchmarks.servers import Server

Figures = dict[str, Any]
"""Numbers by name, or figures of them."""

DELIVERIES_AND_WRITES = ("eventray_deliveries_total", "eventray_delivery_writes_total")
FLUSH_S = 1.2
"""The gateway's metrics are a second old at most."""
IN_FLIGHT = 64
"""Connects under way at once."""


def scenario_figures(scenario: Scenario, effort: Effort, server: Server) -> Figures:
    """Load the server as the scenario says."""
    wait_until_quiet(effort.quiet_s)
    options = [
        *server.target[scenario.events_per_publish].options(),
        *(f"--subscribers={scenario.subscribers}", f"--publishers={scenario.publishers}"),
        *(f"--warm-up={effort.warm_up_s}", f"--seconds={effort.seconds}", f"--in-flight={IN_FLIGHT}"),
        *((f"--rate={scenario.rate}",) if scenario.rate is not None else ()),
        "--hold",
    ]
    with running(cores()[1], options) as generator:
        _expect(generator, "subscribed")
        before = _used(server, generator)
        generator.go_on()
        measured = _expect(generator, "measured")
        after = _used(server, generator)
        figures = figures_of(measured, scenario.subscribers)
    time.sleep(FLUSH_S if server.metrics_url else 0.0)
    return figures | _figures_of_use(before, after, server, measured)


def figures_of(measured: Figures, subscribers: int) -> Figures:
    """Of what the generator has printed at its end."""
    seconds = measured["seconds"]
    expected = measured["all_publishes"] * measured["events_per_publish"] * subscribers
    return {
        "deliveries_per_s": measured["deliveries"] / seconds,
        "publishes_per_s": measured["publishes"] / seconds,
        "delay_ms": measured["delay_ms"],
        "answer_ms": measured["answer_ms"],
        "frames_per_read": measured["deliveries"] / max(1, measured["reads"]),
        "generator_busy": measured["cpu_seconds"] / seconds,
        "missing_deliveries": expected - measured["all_deliveries"],
        "refused_publishes": measured["refused"],
        "closed_connections": measured["closed"],
    }


def _used(server: Server, generator: Generator) -> dict[str, Any]:
    return {
        "server": cpu_seconds(server.processes),
        "generator": cpu_seconds([process_of(generator)]),
        "machine": busy_seconds(),
        "time": time.monotonic(),
        "edge": cpu_seconds([server.edge]),
        "counters": server.metrics(*DELIVERIES_AND_WRITES),
    }


def _figures_of_use(
    before: dict[str, Any], after: dict[str, Any], server: Server, measured: Figures
) -> Figures:
    used = {name: after[name] - before[name] for name in ("server", "edge", "generator", "machine", "time")}
    server_s = max(1e-9, used["server"])
    figures: Figures = {
        "deliveries_per_cpu_s": measured["all_deliveries"] / server_s,
        "publishes_per_cpu_s": measured["all_publishes"] / server_s,
        "edge_share": used["edge"] / server_s,
        "server_busy": used["server"] / used["time"],
        "others_cores": max(0.0, used["machine"] - used["server"] - used["generator"]) / used["time"],
        "deliveries_per_write": None,
    }
    counted = server.metrics(*DELIVERIES_AND_WRITES)
    if counted is not None:
        deliveries, writes = (now - then for now, then in zip(counted, before["counters"], strict=True))
        figures["deliveries_per_write"] = deliveries / max(1, writes)
    return figures


def ceiling_figures(frames_per_write: int, effort: Effort) -> Figures:
    """How much the generator takes from a loop that does nothing but write, on the server's core."""
    server_core, generator_core = cores()
    common = [f"--subscribers={CEILING_SUBSCRIBERS}"]
    source = ["--source", f"--frames-per-write={frames_per_write}", f"--frame-bytes={CEILING_FRAME_BYTES}"]
    wait_until_quiet(effort.quiet_s)
    with running(server_core, [*common, *source]) as loop:
        target = Target(port=_expect(loop, "listening")["port"], path="/", publish_path="/", body="")
        times = [f"--warm-up={effort.warm_up_s}", f"--seconds={effort.ceiling_s}"]
        with running(generator_core, [*common, *target.options(), *times]) as generator:
            _expect(generator, "subscribed")
            measured = _expect(generator, "measured")
    rate = measured["deliveries"] / measured["seconds"]
    busy = measured["cpu_seconds"] / measured["seconds"]
    return {
        "deliveries_per_s": rate,
        "frames_per_read": measured["deliveries"] / max(1, measured["reads"]),
        "generator_busy": busy,
        "deliveries_per_busy_s": rate / busy,
    }


def idle_figures(server: Server, effort: Effort) -> Figures:
    """What many idle subscribed connections need, and how fast they came."""
    options = server.target[1].options()
    options += [f"--subscribers={IDLE_CONNECTIONS}", f"--in-flight={IN_FLIGHT}", "--seconds=0", "--hold"]
    wait_until_quiet(effort.quiet_s)
    before = _memory(server.edge)
    with running(cores()[1], options) as generator:
        subscribed = _expect(generator, "subscribed")
        time.sleep(FLUSH_S)
        after = _memory(server.edge)
        live = server.metrics("eventray_subscriptions")
        generator.go_on()
    if live is not None and live[0] != IDLE_CONNECTIONS:
        sys.exit(f"The gateway has {live[0]:,.0f} subscriptions instead of {IDLE_CONNECTIONS:,}.")
    return {
        "connects_per_s": IDLE_CONNECTIONS / subscribed["seconds"],
        "rss_bytes": (after["rss"] - before["rss"]) / IDLE_CONNECTIONS,
        "uss_bytes": (after["uss"] - before["uss"]) / IDLE_CONNECTIONS,
    }


def _memory(process: psutil.Process) -> dict[str, int]:
    memory = process.memory_full_info()
    return {"rss": memory.rss, "uss": memory.uss}


def _expect(generator: Generator, phase: str) -> Figures:
    line = generator.read()
    if line["phase"] != phase:
        sys.exit(f"The generator was to say {phase}, and said {line['phase']}.")
    return line
