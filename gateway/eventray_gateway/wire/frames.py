"""The header of a WebSocket text frame, as servers send it: unmasked, unfragmented."""

from struct import Struct

_TEXT = 0x81
_short = Struct("!BB").pack
_medium = Struct("!BBH").pack
_long = Struct("!BBQ").pack


def text_frame_header(length: int) -> bytes:
    """What stands before a text of so many bytes."""
    if length < 126:
        return _short(_TEXT, length)
    if length < 65_536:
        return _medium(_TEXT, 126, length)
    return _long(_TEXT, 127, length)
