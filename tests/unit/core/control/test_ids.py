import base64
import re

from eventray_core.control.ids import new_id, secret_digest


def test_an_id_is_sixteen_bytes_in_lower_case_base32() -> None:
    wanted = bytes(range(240, 256))
    text = new_id(lambda size: wanted[:size])
    assert re.fullmatch(r"[a-z2-7]{26}", text)
    assert base64.b32decode(text.upper() + "======") == wanted


def test_a_secret_is_not_found_in_its_digest() -> None:
    assert secret_digest("da2-a") != secret_digest("da2-b")
    assert re.fullmatch(r"[0-9a-f]{32}", secret_digest("da2-\ud800"))
