import base64
import json

import pytest

from eventray_actors.handlers.source_map import SourceMap, inline_source_map

# Two lines; the second comes from another source, two lines further down and 17 columns back.
MAPPINGS = "AAAO,IAAMA,EAASC,GAAMA,EAAE;ACEjB"


def _map(**members: object) -> str:
    return json.dumps({"version": 3, "sources": ["a.ts", "b.ts"], "mappings": MAPPINGS, **members})


def _comment(text: str) -> str:
    return "//# sourceMappingURL=data:application/json;base64," + base64.b64encode(text.encode()).decode()


def test_a_place_is_followed_to_its_source() -> None:
    places = SourceMap(_map())
    assert places.original(1, 1) == ("a.ts", 1, 8)
    assert places.original(1, 6) == ("a.ts", 1, 14)
    assert places.original(2, 1) == ("b.ts", 3, 14)


def test_a_place_within_a_segment_is_the_segments() -> None:
    assert SourceMap(_map()).original(1, 4) == ("a.ts", 1, 8)


@pytest.mark.parametrize("place", [(0, 1), (3, 1), (99, 1)])
def test_a_place_outside_comes_from_nowhere(place: tuple[int, int]) -> None:
    assert SourceMap(_map()).original(*place) is None


def test_a_segment_without_a_source_comes_from_nowhere() -> None:
    assert SourceMap(_map(mappings="A")).original(1, 1) is None


@pytest.mark.parametrize("text", ["", "{}", _map(version=2), _map(mappings="$"), _map(mappings="A,,A")])
def test_what_is_no_map_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"source map|segment"):
        SourceMap(text)


def test_the_map_of_the_last_comment_is_found() -> None:
    code = f"{_comment(_map(sources=['old.ts']))}\nlet a;\n{_comment(_map())}\n"
    assert inline_source_map(code) == _map()


@pytest.mark.parametrize(
    "code",
    [
        "let a;",
        "//# sourceMappingURL=code.js.map",
        "//# sourceMappingURL=data:application/json;base64,",
        "//# sourceMappingURL=data:application/json;base64,%%%",
        _comment("no JSON"),
        _comment("\udcff".encode("utf-8", "surrogatepass").decode("latin-1")),
    ],
)
def test_code_without_a_map_that_can_be_read_has_none(code: str) -> None:
    assert inline_source_map(code) is None
