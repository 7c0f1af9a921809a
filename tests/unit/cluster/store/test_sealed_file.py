import pytest

from eventray_cluster.store.sealed_file import COST, SealedFileError, seal, unseal

CHEAP = 10
SEALED = seal(b"the content", "open sesame", CHEAP)


@pytest.mark.parametrize("passphrase", ["open sesame", "ünïcödé", " "])
def test_the_passphrase_opens_it(passphrase: str) -> None:
    assert unseal(seal(b"\x00content", passphrase, CHEAP), passphrase) == b"\x00content"


def test_the_passphrase_costs_what_it_should_unless_tests_say_otherwise() -> None:
    sealed = seal(b"", "open sesame")
    assert sealed[13] == COST >= 17
    assert unseal(sealed, "open sesame") == b""


def test_another_passphrase_does_not() -> None:
    with pytest.raises(SealedFileError, match="the passphrase is another one, or the file is damaged"):
        unseal(SEALED, "open barley")


@pytest.mark.parametrize("position", [14, 29, 30, 41, 42, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    damaged = bytearray(SEALED)
    damaged[position] ^= 1
    with pytest.raises(SealedFileError, match="damaged"):
        unseal(bytes(damaged), "open sesame")


@pytest.mark.parametrize("length", [30, 31, 41, 42, 50])
def test_a_cut_file_is_noticed(length: int) -> None:
    with pytest.raises(SealedFileError, match="damaged"):
        unseal(SEALED[:length], "open sesame")


@pytest.mark.parametrize(
    "content",
    [b"", b"EventRay", SEALED[:20], b"SQLite format 3\0" * 10, SEALED[:13] + b"\x1e" + SEALED[14:]],
    ids=["empty", "short", "cut", "another file", "too costly"],
)
def test_what_is_no_backup_is_not_even_tried(content: bytes) -> None:
    with pytest.raises(SealedFileError, match="is not a backup"):
        unseal(content, "open sesame")


def test_the_content_and_the_passphrase_cannot_be_seen() -> None:
    assert b"content" not in SEALED and b"sesame" not in SEALED
    assert seal(b"the content", "open sesame", CHEAP) != SEALED
