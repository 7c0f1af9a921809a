"""From the engine's positions to the user's."""

from collections.abc import Iterable

from eventray_actors.handlers.messages import CallSite
from eventray_actors.handlers.source_map import SourceMap
from eventray_core.handling.answers import Fault, LogLine

WRAPPER_LINES = 1
"""Lines in front of the user's code in a script."""

CONSOLE_CALL = 0
HELPER_CALL = 1

Place = tuple[int, int]
"""Line and column, counted from 1."""


class PositionMap:
    """The places of one program.

    The engine reports a call somewhere between its beginning and its end; `calls` are those of the console
    and of helpers, of which the beginning is wanted.
    """

    def __init__(self, calls: Iterable[CallSite], source_map: str) -> None:
        self._calls = sorted((site[1:3], site[3:5], site[0]) for site in calls)
        self._source_map = _readable(source_map)

    def place_of_log(self, line: LogLine) -> Place | None:
        """Where the user called the console."""
        return self._place(line.position, CONSOLE_CALL)

    def place_of_fault(self, fault: Fault) -> Place | None:
        """Where the user's code failed, or called the helper that did."""
        return self._place(fault.position, HELPER_CALL if fault.type == "Code" else None)

    def _place(self, position: Place | None, kind: int | None) -> Place | None:
        if position is None:
            return None
        place = position[0] - WRAPPER_LINES, position[1]
        if kind is not None:
            place = self._start_of_call(place, kind)
        original = self._source_map.original(*place) if self._source_map is not None else None
        return place if original is None else (original[1], original[2])

    def _start_of_call(self, place: Place, kind: int) -> Place:
        """The beginning of the innermost call around a place."""
        around = [start for start, end, called in self._calls if called == kind and start <= place < end]
        return around[-1] if around else place


def _readable(text: str) -> SourceMap | None:
    try:
        return SourceMap(text) if text else None
    except ValueError:
        return None
