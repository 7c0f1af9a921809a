import json

import pytest

from eventray_client import FailedEvent, PublishedEvent, PublishResult
from eventray_cluster.client_output import Lines, Screen, one_line, output, visible

RESULT = PublishResult(
    (PublishedEvent(0, "a"), PublishedEvent(2, "c")), (FailedEvent(1, "b", "TooLarge", "no\x1b[2J"),)
)


def test_lines_are_json_in_the_order_of_the_events(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().published("/a", 5, RESULT)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"index": 5, "identifier": "a"},
        {"index": 6, "identifier": "b", "code": "TooLarge", "message": "no\x1b[2J"},
        {"index": 7, "identifier": "c"},
    ]


@pytest.mark.parametrize(
    ("with_channel", "line"), [(False, '{ "n": 1.0 }'), (True, '{"channel":"/a/*","event":{ "n": 1.0 }}')]
)
def test_an_event_is_shown_as_it_was_published(
    capsys: pytest.CaptureFixture[str], with_channel: bool, line: str
) -> None:
    Lines(with_channel).event("/a/*", '{ "n": 1.0 }')
    assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize(("text", "line"), [('{"a":\r\n 1}', '{"a": 1}'), ('[\n"é"]', '["é"]'), ("1 ", "1 ")])
def test_an_event_never_takes_two_lines(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_screen_says_how_many_and_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().published("/a", 5, RESULT)
    assert capsys.readouterr().out.splitlines() == [
        "✓ 2 events published to /a",
        "✗ event 7 failed: TooLarge no\\u001b[2J",
    ]


def test_nothing_published_is_not_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().published("/a", 0, PublishResult((), RESULT.failed))
    assert "✓" not in capsys.readouterr().out


def test_a_screen_shows_markup_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().event("/a", '"[red]x[/red]"')
    assert capsys.readouterr().out.rstrip().endswith('/a  "[red]x[/red]"')


def test_a_pipe_gets_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(output(), Lines)


@pytest.mark.parametrize(
    ("text", "shown"), [("a\x1b\x9b", "a\\u001b\\u009b"), ("\u202eabc", "\\u202eabc"), ("é 😀", "é 😀")]
)
def test_what_a_terminal_would_obey_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown
