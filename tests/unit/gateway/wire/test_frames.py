import pytest
from websockets.frames import Frame, Opcode

from eventray_gateway.wire.frames import text_frame_header


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 1_500_000])
def test_a_header_and_its_text_are_the_frame_that_the_library_makes(length: int) -> None:
    text = b"x" * length
    assert text_frame_header(length) + text == Frame(Opcode.TEXT, text).serialize(mask=False)
