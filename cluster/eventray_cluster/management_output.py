"""How commands show what the management API answers: tables for people, JSON lines for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eventray_cluster.client_output import visible

_TIMES = frozenset({"created", "expires", "deletes", "lastModified", "notBefore", "notAfter"})
"""Members that are seconds since 1970."""


def show_items(items: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Entries of a list; `columns` are headings by member. Programs get one object a line, whole."""
    if not sys.stdout.isatty():
        for item in items:
            sys.stdout.write(json.dumps(item) + "\n")
        return
    table = Table(*columns.values(), box=SIMPLE_HEAD, header_style="bold")
    for item in items:
        table.add_row(*_cells(item, list(columns)))
    _console().print(table if table.row_count else "There are none.")


def show_object(found: Mapping[str, Any], rows: Mapping[str, str], note: str = "") -> None:
    """One object, member by member; `note` is a sentence for people below it."""
    if not sys.stdout.isatty():
        sys.stdout.write(json.dumps(found) + "\n")
        return
    table = Table.grid(padding=(0, 3))
    for member, heading in rows.items():
        if member in found:
            table.add_row(heading, *_cells(found, [member]))
    _console().print(table)
    if note:
        _console().print(escape(note), style="yellow")


def show_done(sentence: str) -> None:
    """That something was done; programs see it from the exit code."""
    if sys.stdout.isatty():
        _console().print(f"[green]✓[/] {escape(visible(sentence))}")


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _cells(item: Mapping[str, Any], members: Sequence[str]) -> list[str]:
    return [_cell(member, item[member]) if member in item else "" for member in members]


def _cell(member: str, value: object) -> str:
    if member in _TIMES and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S")
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return escape(visible(text))
