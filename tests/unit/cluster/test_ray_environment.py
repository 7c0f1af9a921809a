import os
import stat
import tempfile
from pathlib import Path

import pytest

from eventray_cluster.ray_environment import DEFAULTS, keep_temporary_files_in, prepare_ray_environment

NICENESS = "RAY_worker_niceness"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*DEFAULTS, "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "TMPDIR"]:
        monkeypatch.setenv(name, "before")
        monkeypatch.delenv(name)


def test_the_token_is_made_once_and_private(tmp_path: Path) -> None:
    prepare_ray_environment(tmp_path)
    path = Path(os.environ["RAY_AUTH_TOKEN_PATH"])
    token = path.read_text()
    assert path.parent == tmp_path
    assert len(token) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    prepare_ray_environment(tmp_path)
    assert path.read_text() == token


def test_ray_is_private_whatever_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "known to others")
    prepare_ray_environment(tmp_path)
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert "RAY_AUTH_TOKEN" not in os.environ


def test_what_the_user_tunes_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NICENESS, "5")
    prepare_ray_environment(tmp_path)
    assert os.environ[NICENESS] == "5"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_temporary_files_go_where_they_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_temporary_files_in(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert tempfile.gettempdir() == str(tmp_path)
