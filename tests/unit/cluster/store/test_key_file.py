import os
import stat
from pathlib import Path

import pytest

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.key_file import make_key_file, read_key_file, write_key_file
from eventray_cluster.store.key_text import encode_encryption_key


def test_a_key_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "encryption.key"
    assert read_key_file(path) is None
    key = make_key_file(path)
    assert read_key_file(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["encryption.key"]


def test_a_key_may_be_brought(tmp_path: Path) -> None:
    path = tmp_path / "brought"
    path.write_text(f"\n{encode_encryption_key(bytes(32))}  \n")
    assert read_key_file(path) == bytes(32)


def test_what_a_killed_writer_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".encryption.key.new").write_bytes(b"half of a k")
    write_key_file(tmp_path / "encryption.key", bytes(32))
    assert read_key_file(tmp_path / "encryption.key") == bytes(32)


@pytest.mark.parametrize("content", [b"", b"hidden", b"\xff\xfe" * 22])
def test_a_file_that_holds_no_key_is_told_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "encryption.key"
    path.write_bytes(content)
    with pytest.raises(DataDirectoryError) as error:
        read_key_file(path)
    assert str(error.value) == f"The encryption key {path} cannot be used: it must be 32 bytes in base64."


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="cannot be read: Is a directory"):
        read_key_file(tmp_path)
