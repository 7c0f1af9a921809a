from benchmarks.scenarios import FULL, QUICK, SCENARIOS
from benchmarks.series import PARTS


def test_names_are_unique_and_can_be_asked_for() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    assert set(names) < set(PARTS)


def test_a_figure_of_delay_is_never_one_of_a_closed_loop() -> None:
    assert {scenario.is_closed_loop for scenario in SCENARIOS if scenario.figure == "delay_ms"} == {False}


def test_medians_need_an_odd_number_of_repetitions() -> None:
    assert QUICK.repetitions % 2 == FULL.repetitions % 2 == 1
