import stat
from pathlib import Path

import pytest

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.backup_files import read_files, remove_files, write_files


def test_the_authority_is_all_that_is_taken(tmp_path: Path) -> None:
    for name in ("tls/ca.pem", "tls/deep/er/ca-key.pem", "tls/lock", "logs/serve.log", "eventray.db"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert read_files(tmp_path) == {
        "tls/ca.pem": b"tls/ca.pem",
        "tls/deep/er/ca-key.pem": b"tls/deep/er/ca-key.pem",
    }
    assert read_files(tmp_path / "nowhere") == {}


def test_what_is_written_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    files = {"encryption.key": b"1", "tls/a/ca.pem": b"\x00\xff"}
    written = write_files(tmp_path, files)
    assert {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in written} == files
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    remove_files(written)
    assert read_files(tmp_path) == {}


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "tls/../../outside", ""])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataDirectoryError, match="outside the data directory"):
        write_files(tmp_path / "data", {"first": b"", name: b""})
    assert not (tmp_path / "data" / "first").exists()


def test_what_was_written_before_a_failure_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("in the way")
    with pytest.raises(DataDirectoryError, match="cannot be written"):
        write_files(tmp_path, {"first": b"", "tls/ca.pem": b""})
    assert [path.name for path in tmp_path.iterdir()] == ["tls"]
