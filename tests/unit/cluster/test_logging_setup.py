import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventray_cluster.logging_setup import LogSettings, configure_logging


@pytest.fixture(autouse=True)
def loggers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level = handlers, level


def test_a_record_is_one_line_in_the_members_file_and_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(LogSettings("INFO", "text", tmp_path), "gateway-0")
    logging.getLogger("some.module").info("two\nlines of %s", "text")
    written = (tmp_path / "gateway-0.log").read_text()
    assert written == capsys.readouterr().err
    assert written[24:] == " INFO gateway-0 some.module two\\nlines of text\n"
    assert written[10] == "T"
    assert written[23] == "Z"


def test_the_requests_id_is_in_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings(), "gateway-0")
    logging.getLogger("a").warning("refused", extra={"request_id": "abc-123"})
    assert capsys.readouterr().err.endswith(" WARNING gateway-0 a refused request_id=abc-123\n")


def test_json_lines_have_the_same_facts(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings("INFO", "json"), "gateway-0")
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        logging.getLogger("a").exception("failed: %s", "ä", extra={"request_id": "abc"})
    (line,) = capsys.readouterr().err.splitlines()
    fields = json.loads(line)
    assert fields.pop("time").endswith("Z")
    assert fields.pop("error").endswith("ValueError: broken\nin two")
    assert fields == {
        "level": "ERROR",
        "process": "gateway-0",
        "logger": "a",
        "message": "failed: ä",
        "request_id": "abc",
    }


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings("WARNING"), "serve")
    logging.getLogger("a").info("quiet")
    logging.getLogger("a").warning("loud")
    assert capsys.readouterr().err.splitlines()[0].endswith("loud")


def test_libraries_are_heard_when_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings("DEBUG"), "100%d")
    logging.getLogger("alembic.runtime.migration").info("Context impl SQLiteImpl.")
    logging.getLogger("alembic.runtime.migration").warning("odd")
    assert [line[24:] for line in capsys.readouterr().err.splitlines()] == [
        " WARNING 100%d alembic.runtime.migration odd"
    ]
