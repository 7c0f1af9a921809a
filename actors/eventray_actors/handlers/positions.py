"""From the engine's positions to the user's."""

from collections.abc import Iterable

from eventray_actors.handlers.source_map import SourceMap

WRAPPER_LINES = 1
"""Lines in front of the user's code in a script."""


class PositionMap:
    """The places of one program. `calls` are pairs of places: where the engine reports a call of a method,
    and where the expression begins.
    """

    def __init__(self, calls: Iterable[tuple[int, int, int, int]], source_map: str) -> None:
        self._starts = {(line, column): (to_line, to_column) for line, column, to_line, to_column in calls}
        self._source_map = _readable(source_map)

    def place(self, position: tuple[int, int] | None) -> tuple[int, int] | None:
        """Line and column in what the user wrote, counted from 1."""
        if position is None:
            return None
        line, column = position[0] - WRAPPER_LINES, position[1]
        place = self._starts.get((line, column), (line, column))
        original = self._source_map.original(*place) if self._source_map is not None else None
        return place if original is None else (original[1], original[2])


def _readable(text: str) -> SourceMap | None:
    try:
        return SourceMap(text) if text else None
    except ValueError:
        return None
