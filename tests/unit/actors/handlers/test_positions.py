import json

from eventray_actors.handlers.positions import PositionMap

CALLS = [(3, 11, 3, 3)]


def test_the_line_in_front_is_not_counted() -> None:
    assert PositionMap([], "").place((2, 7)) == (1, 7)


def test_a_call_is_placed_where_its_expression_begins() -> None:
    assert PositionMap(CALLS, "").place((4, 11)) == (3, 3)


def test_an_unknown_place_stays_unknown() -> None:
    assert PositionMap(CALLS, "").place(None) is None


def test_a_place_in_a_bundle_is_the_users_own() -> None:
    source_map = json.dumps({"version": 3, "sources": ["a.ts"], "mappings": ";;EAUM"})
    assert PositionMap(CALLS, source_map).place((4, 11)) == (11, 7)


def test_a_map_that_cannot_be_read_is_ignored() -> None:
    assert PositionMap([], "{}").place((2, 7)) == (1, 7)
