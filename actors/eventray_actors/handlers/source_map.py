"""Source maps of bundled code (ECMA-426): from a place in the bundle to the user's own."""

import base64
import binascii
from bisect import bisect_right
from dataclasses import dataclass, field

import msgspec

_ALPHABET = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
_MARK = "sourceMappingURL=data:application/json"


class _Map(msgspec.Struct):
    version: int
    mappings: str
    sources: list[str | None] = []


def inline_source_map(code: str) -> str | None:
    """The JSON text of the map in the last comment of a bundle; None if there is none that can be read."""
    _, mark, url = code.rpartition(_MARK)
    if not mark:
        return None
    try:
        text = base64.b64decode(url.partition("base64,")[2].split()[0], validate=True)
        return text.decode() if _decode(text) else None
    except (IndexError, ValueError, binascii.Error):
        return None


def _decode(text: str | bytes) -> _Map | None:
    try:
        parsed = msgspec.json.decode(text, type=_Map)
    except msgspec.MsgspecError:
        return None
    return parsed if parsed.version == 3 else None


@dataclass(slots=True)
class _Line:
    """The segments of one line of the bundle, by column."""

    columns: list[int] = field(default_factory=list)
    targets: list[tuple[int, int, int] | None] = field(default_factory=list)


class SourceMap:
    """A map that was read; lines and columns count from 1 on both sides."""

    def __init__(self, text: str) -> None:
        parsed = _decode(text)
        if parsed is None:
            raise ValueError("not a source map of version 3")
        self._sources = parsed.sources
        self._lines = _segments(parsed.mappings)

    def original(self, line: int, column: int) -> tuple[str | None, int, int] | None:
        """The source, line and column that a place in the bundle comes from; None if the map does not say."""
        if not 1 <= line <= len(self._lines):
            return None
        segments = self._lines[line - 1]
        index = bisect_right(segments.columns, column - 1) - 1
        target = segments.targets[index] if index >= 0 else None
        if target is None:
            return None
        source, original_line, original_column = target
        name = self._sources[source] if 0 <= source < len(self._sources) else None
        return name, original_line + 1, original_column + 1


def _segments(mappings: str) -> list[_Line]:
    lines: list[_Line] = []
    source = line = column = 0
    for text in mappings.split(";"):
        entry, generated = _Line(), 0
        for segment in text.split(",") if text else []:
            values = _vlq(segment)
            generated += values[0]
            target = None
            if len(values) >= 4:
                source, line, column = source + values[1], line + values[2], column + values[3]
                target = (source, line, column)
            entry.columns.append(generated)
            entry.targets.append(target)
        lines.append(entry)
    return lines


def _vlq(segment: str) -> list[int]:
    """The numbers of one segment: base 64 digits of 5 bits, the lowest bit of a number is its sign."""
    values, value, shift = [], 0, 0
    for character in segment:
        digit = _ALPHABET.get(character)
        if digit is None:
            raise ValueError(f"{character!r} is no digit of a source map")
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            values.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if not values:
        raise ValueError("a segment without numbers")
    return values
