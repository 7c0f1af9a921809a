import json

import pytest

from eventray_actors.handlers.positions import CONSOLE_CALL, HELPER_CALL, PositionMap
from eventray_core.handling.answers import Fault, LogLine

# console.log(1, util.f(
#   console.log(2)))
CALLS = [
    (CONSOLE_CALL, 3, 3, 4, 20),
    (HELPER_CALL, 3, 18, 4, 19),
    (CONSOLE_CALL, 4, 3, 4, 17),
]
PLACES = PositionMap(CALLS, "")


@pytest.mark.parametrize(
    ("position", "place"),
    [
        ((4, 11), (3, 3)),
        ((4, 24), (3, 3)),
        ((5, 11), (4, 3)),
        ((5, 18), (3, 3)),
        ((9, 9), (8, 9)),
        (None, None),
    ],
)
def test_a_log_line_is_placed_where_the_call_around_it_begins(
    position: tuple[int, int] | None, place: tuple[int, int] | None
) -> None:
    assert PLACES.place_of_log(LogLine("INFO", position, "")) == place


def test_a_helpers_complaint_is_placed_where_its_call_begins() -> None:
    assert PLACES.place_of_fault(Fault("Code", "", (5, 18))) == (3, 18)


def test_another_fault_is_where_the_engine_says() -> None:
    assert PLACES.place_of_fault(Fault("TypeError", "", (5, 18))) == (4, 18)


def test_a_place_in_a_bundle_is_the_users_own() -> None:
    source_map = json.dumps({"version": 3, "sources": ["a.ts"], "mappings": ";;EAUM"})
    assert PositionMap(CALLS, source_map).place_of_log(LogLine("INFO", (4, 11), "")) == (11, 7)


def test_a_map_that_cannot_be_read_is_ignored() -> None:
    assert PositionMap([], "{}").place_of_log(LogLine("INFO", (2, 7), "")) == (1, 7)
