import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from eventray_cluster.data_dir import DataDirectoryError, FileLock, prepare_data_dir
from eventray_core.ports import DataLockedError

NOBODY = 65_534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_directory_is_its_owners_alone(tmp_path: Path) -> None:
    prepare_data_dir(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700


def test_an_existing_directory_keeps_its_mode(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o755)
    prepare_data_dir(tmp_path)
    assert mode(tmp_path) == 0o755
    assert not caplog.records


def test_one_that_others_may_write_to_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o777)
    with caplog.at_level(logging.WARNING):
        prepare_data_dir(tmp_path)
    assert "other users may write" in caplog.text


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DataDirectoryError, match="is not a directory"):
        prepare_data_dir(tmp_path / "data")


def test_one_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryError, match="cannot be made: Not a directory"):
        prepare_data_dir(tmp_path / "file" / "data")


def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, NOBODY, NOBODY)
    foreign = tmp_path if os.geteuid() == 0 else Path("/")
    with pytest.raises(DataDirectoryError, match="belongs to another user"):
        prepare_data_dir(foreign)


def test_a_closed_directory_is_refused() -> None:
    """To root nothing is closed, so root becomes someone else for it."""
    with tempfile.TemporaryDirectory() as folder, someone_else(Path(folder)):
        data = Path(folder) / "data"
        data.mkdir(mode=0o500)
        with pytest.raises(DataDirectoryError, match="cannot be read and written"):
            prepare_data_dir(data)


@contextmanager
def someone_else(folder: Path) -> Iterator[None]:
    user = os.geteuid()
    if user == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    yield
    os.seteuid(user)


def test_a_lock_is_held_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    lock = FileLock.take(path)
    assert mode(path) == 0o600
    with pytest.raises(DataLockedError):
        FileLock.take(path)
    lock.release()
    lock.release()
    FileLock.take(path).release()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataDirectoryError, match="cannot be opened"):
        FileLock.take(tmp_path / "a.lock")
    assert not (tmp_path / "elsewhere").exists()
