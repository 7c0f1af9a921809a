import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_client import Backoff


@pytest.mark.parametrize(
    ("attempt", "chance", "delay_s"),
    [(0, 0.0, 0.2), (1, 0.0, 0.4), (2, 0.5, 0.6), (3, 1.0, 0.8), (7, 0.0, 20.0), (10_000, 1.0, 10.0)],
)
def test_waits_double_up_to_the_most_and_chance_shortens_them(
    attempt: int, chance: float, delay_s: float
) -> None:
    assert Backoff().delay_s(attempt, chance) == pytest.approx(delay_s)


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_a_wait_is_never_nothing_and_never_too_long(attempt: int, chance: float) -> None:
    assert 0.1 <= Backoff().delay_s(attempt, chance) <= 20.0
