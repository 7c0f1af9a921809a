import base64

import pytest

from eventray_cluster.store.key_text import decode_encryption_key, encode_encryption_key

KEY = bytes(range(32))


def test_a_key_is_written_as_it_is_read() -> None:
    assert decode_encryption_key(f" {encode_encryption_key(KEY)}\n") == KEY


@pytest.mark.parametrize(
    "text", ["", "hidden", "é", base64.b64encode(bytes(31)).decode(), "A" * 43, "-" * 44]
)
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"^it must be 32 bytes in base64$"):
        decode_encryption_key(text)
