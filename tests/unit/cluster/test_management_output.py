import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout

import pytest

from eventray_cluster.management_output import show_done, show_items, show_object

ITEMS: list[dict[str, object]] = [
    {"userName": "ada", "created": 1_769_860_800.25, "more": [1, 2]},
    {"userName": "\x1b[31mbob"},
]
COLUMNS = {"userName": "User", "created": "Created (UTC)"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(stream: io.StringIO, *shows: Callable[[], None]) -> str:
    with redirect_stdout(stream):
        for show in shows:
            show()
    return stream.getvalue()


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")


def test_programs_get_whole_objects_line_by_line() -> None:
    text = written(
        io.StringIO(),
        lambda: show_items(ITEMS, COLUMNS),
        lambda: show_object(ITEMS[0], COLUMNS, "a note"),
        lambda: show_done("done"),
    )
    assert [json.loads(line) for line in text.splitlines()] == [*ITEMS, ITEMS[0]]


def test_people_get_a_table() -> None:
    text = written(Terminal(), lambda: show_items(ITEMS, COLUMNS))
    assert "User" in text
    assert "2026-01-31 12:00:00" in text
    assert "\x1b[31mbob" not in text
    assert "\\u001b[31mbob" in text


def test_people_get_lists_in_one_cell() -> None:
    assert "1, 2" in written(Terminal(), lambda: show_items(ITEMS, {"more": "More"}))


def test_people_are_told_that_there_is_nothing() -> None:
    assert written(Terminal(), lambda: show_items([], COLUMNS)) == "There are none.\n"


def test_people_get_an_object_row_by_row_with_a_note() -> None:
    text = written(Terminal(), lambda: show_object({"userName": "[bold]ada"}, COLUMNS, "Only now."))
    assert "[bold]ada" in text
    assert "Created" not in text
    assert text.endswith("Only now.\n")


def test_people_are_told_what_was_done() -> None:
    assert "user [red]ada deleted" in written(Terminal(), lambda: show_done("user [red]ada deleted"))
