from typing import Any

import pytest
from benchmarks.summary import LINES, median_of


def test_medians_are_taken_number_by_number() -> None:
    runs = [{"a": 1, "deep": {"b": 10}}, {"a": 9, "deep": {"b": 30}}, {"a": 2, "deep": {"b": 20}}]
    assert median_of(runs) == {"a": 2, "deep": {"b": 20}}


def test_what_one_run_does_not_know_has_no_median() -> None:
    assert median_of([{"a": None}, {"a": 1}]) == {"a": None}


def test_nothing_measured_is_nothing() -> None:
    assert median_of([]) == {}


def _medians(deliveries: float, p50: float, publishes: float, idle: float) -> dict[str, Any]:
    return {
        "scenarios": {
            "fan-out": {
                "EventRay": {"deliveries_per_s": deliveries},
                "Nchan": {"deliveries_per_s": 100},
            },
            "paced": {"EventRay": {"delay_ms": {"p50": p50}}},
            "publishes": {"EventRay": {"publishes_per_s": publishes}},
        },
        "idle": {"EventRay": {"uss_bytes": idle}},
    }


@pytest.mark.parametrize(
    ("medians", "verdicts"),
    [
        (_medians(200, 2.0, 6_000, 12_000), [True] * 4),
        (_medians(199, 2.1, 5_999, 12_001), [False] * 4),
    ],
    ids=["just met", "just missed"],
)
def test_lines_are_read_off_the_medians(medians: dict[str, Any], verdicts: list[bool]) -> None:
    values = [line.read(medians) for line in LINES]
    assert [line.is_met(value) for line, value in zip(LINES, values, strict=True) if value] == verdicts


def test_a_line_without_figures_is_neither_met_nor_missed() -> None:
    assert [line.read({"scenarios": {}, "idle": {}}) for line in LINES] == [None] * 4


def test_without_the_peer_there_is_no_comparison() -> None:
    medians = _medians(200, 1, 1, 1)
    del medians["scenarios"]["fan-out"]["Nchan"]
    assert LINES[0].read(medians) is None
