import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_cluster.store.cipher import (
    RecordCipher,
    WrongKeyError,
    new_encryption_key,
)

KEY = bytes(range(32))
CIPHER = RecordCipher(KEY)


@given(st.binary(), st.text(), st.text())
def test_what_is_sealed_can_be_unsealed(body: bytes, kind: str, key: str) -> None:
    sealed = RecordCipher(KEY).seal(kind, key, body)
    assert CIPHER.unseal(kind, key, sealed) == body


def test_the_same_body_never_looks_the_same() -> None:
    assert CIPHER.seal("k", "a", b"body") != CIPHER.seal("k", "a", b"body")
    assert b"body" not in CIPHER.seal("k", "a", b"body")


@pytest.mark.parametrize(("kind", "key"), [("k", "b"), ("l", "a"), ("", "k\0a"), ("ka", "")])
def test_a_row_cannot_stand_in_for_another(kind: str, key: str) -> None:
    with pytest.raises(WrongKeyError, match="cannot be decrypted"):
        CIPHER.unseal(kind, key, CIPHER.seal("k", "a", b"body"))


@pytest.mark.parametrize("position", [0, 1, 12, 13, 20, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(CIPHER.seal("k", "a", b"a body of some length"))
    sealed[position] ^= 1
    with pytest.raises(WrongKeyError):
        CIPHER.unseal("k", "a", bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28])
def test_a_cut_body_is_noticed(length: int) -> None:
    with pytest.raises(WrongKeyError):
        CIPHER.unseal("k", "a", CIPHER.seal("k", "a", b"body")[:length])


def test_another_key_opens_nothing_and_has_another_id() -> None:
    other = RecordCipher(new_encryption_key())
    assert other.key_id != CIPHER.key_id == RecordCipher(KEY).key_id
    with pytest.raises(WrongKeyError):
        other.unseal("k", "a", CIPHER.seal("k", "a", b"body"))
