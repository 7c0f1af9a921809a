from pathlib import Path
from typing import Any

import pytest
from benchmarks import plots, tables
from benchmarks.series import medians_of

DELAY = {"count": 10, "p50": 0.5, "p90": 0.8, "p99": 1.5, "p999": 2.0, "max": 3.0}


def _run(deliveries: float, per_write: float | None) -> dict[str, Any]:
    return {
        "deliveries_per_s": deliveries,
        "publishes_per_s": deliveries / 1_000,
        "delay_ms": DELAY,
        "answer_ms": DELAY,
        "frames_per_read": 2.0,
        "generator_busy": 0.5,
        "missing_deliveries": 0,
        "refused_publishes": 0,
        "closed_connections": 0,
        "deliveries_per_cpu_s": deliveries,
        "publishes_per_cpu_s": 1.0,
        "edge_share": 0.9,
        "server_busy": 0.8,
        "others_cores": 0.1,
        "deliveries_per_write": per_write,
    }


@pytest.fixture
def results() -> dict[str, Any]:
    servers = {"EventRay": [_run(765_432, 16.25)] * 3, "Nchan": [_run(123_456, None)] * 3}
    idle = {"connects_per_s": 4_321.0, "uss_bytes": 3_456.0, "rss_bytes": 3_567.0}
    ceiling = {
        "deliveries_per_s": 9e6,
        "frames_per_read": 80.0,
        "generator_busy": 0.9,
        "deliveries_per_busy_s": 1e7,
    }
    start = {
        "until_ready": 5.5,
        "of_ray": 4.0,
        "until_stopped": 1.0,
        "resident": {"ray::Gateway": 100_000_000},
    }
    runs = {
        "ceiling": {"80": [ceiling]},
        "start": [start],
        "idle": {"EventRay": [idle], "Nchan": [idle]},
        "scenarios": {"fan-out": servers, "paced": servers, "publishes": servers},
    }
    return {
        "date": "2026-01-02T03:04:05Z",
        "commit": "0123456789abcdef",
        "uncommitted": False,
        "machine": {
            "processor": "Some CPU",
            "cores": 2,
            "server_core": 0,
            "generator_core": 1,
            "niceness": 0,
        },
        "versions": dict.fromkeys(("eventray", "python", "ray", "nginx", "nchan"), "1.0"),
        "effort": {"repetitions": 3},
        "runs": runs,
        "medians": medians_of(runs),
    }


def test_every_figure_of_throughput_has_its_deliveries_per_write(
    results: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    tables.print_all(results)
    said = capsys.readouterr().out
    for text in ("765,432", "16.2", "closed loop", "123,456", "4,321", "3,456", "ray::Gateway", "Some CPU"):
        assert text in said
    assert "6.2 times" in said
    assert "met" in said


def test_what_was_not_measured_is_left_out(
    results: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    results["medians"] = {"ceiling": {}, "start": {}, "idle": {}, "scenarios": {}}
    tables.print_all(results)
    assert "deliveries" not in capsys.readouterr().out


def test_the_same_figures_make_the_same_pictures(results: dict[str, Any], tmp_path: Path) -> None:
    files = plots.draw_all(results, tmp_path, "quick")
    assert sorted(path.name for path in files) == sorted(
        f"quick-{name}.{kind}" for name in ("deliveries", "delay", "memory") for kind in ("png", "svg")
    )
    before = [path.read_bytes() for path in files if path.suffix == ".svg"]
    plots.draw_all(results, tmp_path, "quick")
    assert [path.read_bytes() for path in files if path.suffix == ".svg"] == before
