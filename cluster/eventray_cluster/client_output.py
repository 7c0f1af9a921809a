"""How the commands show events and results: colours for people, JSON lines for programs."""

import json
import re
import sys
from datetime import datetime
from typing import Any, Protocol

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from eventray_client.results import FailedEvent, PublishedEvent, PublishResult

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What could move a terminal's cursor or turn text round; JSON has another spelling for each."""


class Output(Protocol):
    """Where events and results go."""

    def event(self, channel: str, text: str) -> None:
        """Show an event that came for a subscription."""

    def published(self, channel: str, first: int, result: PublishResult) -> None:
        """Show what became of a publish whose first event is number `first` of all."""


class Lines:
    """For programs: one JSON text per line."""

    def __init__(self, with_channel: bool = False) -> None:
        self._with_channel = with_channel

    def event(self, channel: str, text: str) -> None:
        """The event as it was published, or in an object with the channel that was subscribed to."""
        text = one_line(text)
        self._write(f'{{"channel":{json.dumps(channel)},"event":{text}}}' if self._with_channel else text)

    def published(self, channel: str, first: int, result: PublishResult) -> None:
        """A line for each event: `index`, `identifier`, and `code` and `message` if it failed."""
        entries: list[PublishedEvent | FailedEvent] = [*result.successful, *result.failed]
        for entry in sorted(entries, key=lambda e: e.index):
            line: dict[str, Any] = {"index": first + entry.index, "identifier": entry.identifier}
            if isinstance(entry, FailedEvent):
                line |= {"code": entry.code, "message": entry.message}
            self._write(json.dumps(line))

    def _write(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Screen:
    """For people."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._highlight = JSONHighlighter()

    def event(self, channel: str, text: str) -> None:
        """Time, channel, event."""
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        head = Text.assemble((now, "dim"), "  ", (channel, "cyan"), "  ")
        self._console.print(head + self._highlight(Text(visible(one_line(text)))))

    def published(self, channel: str, first: int, result: PublishResult) -> None:
        """How many, and what failed."""
        if result.successful:
            count = len(result.successful)
            what = "1 event" if count == 1 else f"{count} events"
            self._console.print(Text.assemble(("✓ ", "green"), f"{what} published to ", (channel, "cyan")))
        for entry in result.failed:
            text = f"event {first + entry.index + 1} failed: {entry.code} {visible(entry.message)}"
            self._console.print(Text.assemble(("✗ ", "red"), text.rstrip()))


def output(with_channel: bool = False) -> Output:
    """The right one for where standard output goes."""
    return Screen() if sys.stdout.isatty() else Lines(with_channel)


def one_line(text: str) -> str:
    """A JSON text without line breaks; otherwise as it is."""
    return json.dumps(json.loads(text), ensure_ascii=False) if re.search("[\r\n]", text) else text


def visible(text: str) -> str:
    """A text with nothing in it that a terminal would obey."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
