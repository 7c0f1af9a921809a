import json
import stat
from pathlib import Path
from typing import Any

import pytest

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.edge_port import PortError
from eventray_cluster.errors import UsageError
from eventray_cluster.preflight import check_ready_file, claim, new_log_folder, ray_address_of
from eventray_cluster.settings import Settings


def settings(tmp_path: Path, **others: Any) -> Settings:
    return Settings(**{"data_dir": tmp_path / "data", "port": 0, **others})


def test_what_is_claimed_is_given_back(tmp_path: Path) -> None:
    for _ in range(2):
        with claim(settings(tmp_path)) as claims:
            assert claims.port.port > 0
            assert claims.ray_folder.is_dir()
            assert stat.S_IMODE(claims.ray_folder.stat().st_mode) == 0o700
            assert len(str(claims.ray_folder)) < 40  # socket paths below it may have 107 bytes
        assert not claims.ray_folder.exists()
        assert ray_address_of(tmp_path / "data") is None


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with claim(settings(tmp_path)), pytest.raises(UsageError) as error, claim(settings(tmp_path)):
        pass
    assert str(error.value) == f"Another EventRay server runs on the data directory {tmp_path}/data."


def test_a_refused_claim_leaves_nothing_claimed(tmp_path: Path) -> None:
    with claim(settings(tmp_path)) as claims:
        other = settings(tmp_path, data_dir=tmp_path / "other", port=claims.port.port)
        for _ in range(2):
            with pytest.raises(PortError), claim(other):
                pass
    with claim(other):
        pass


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "eventray.db").write_text("some notes of mine")
    with pytest.raises(DataDirectoryError, match="is not an SQLite database"), claim(settings(tmp_path)):
        pass


def test_a_database_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data" / "eventray.db").mkdir(parents=True)
    with pytest.raises(DataDirectoryError, match="Is a directory"), claim(settings(tmp_path)):
        pass


def test_other_commands_can_find_the_private_ray(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with claim(settings(tmp_path)) as claims:
        assert ray_address_of(data) is None
        claims.note("127.0.0.1:1234")
        assert ray_address_of(data) == "127.0.0.1:1234"
        claims.note("127.0.0.1:1234", {"httpUrl": "http://127.0.0.1:8080/event"})
        assert ray_address_of(data) == "127.0.0.1:1234"
        noted = json.loads((data / "running.json").read_text())
        assert noted["httpUrl"] == "http://127.0.0.1:8080/event"
        assert stat.S_IMODE((data / "running.json").stat().st_mode) == 0o600
    assert ray_address_of(data) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"rayFolder": "/"}'])
def test_a_note_that_makes_no_sense_does_no_harm(tmp_path: Path, text: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "running.json").write_text(text)
    assert ray_address_of(tmp_path / "data") is None
    with claim(settings(tmp_path)):
        pass


def test_what_a_killed_server_left_is_cleared_up(tmp_path: Path) -> None:
    left = tmp_path / "eventray-left"
    (left / "session_1").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "running.json").write_text(json.dumps({"rayFolder": str(left)}))
    with claim(settings(tmp_path)):
        assert not left.exists()


def test_tls_has_a_port_of_its_own_and_an_authority(tmp_path: Path) -> None:
    with claim(settings(tmp_path)) as claims:
        assert claims.tls_port_number not in (None, 0, claims.port.port)
        assert (tmp_path / "data" / "tls" / "ca.pem").exists()
        other = settings(tmp_path, data_dir=tmp_path / "other", tls_port=claims.tls_port_number)
        with pytest.raises(PortError, match="--tls-port"), claim(other):
            pass
    with claim(settings(tmp_path, no_tls=True)) as claims:
        assert claims.tls_port_number is None


def test_an_authority_that_cannot_sign_for_the_suffix_is_told(tmp_path: Path) -> None:
    with claim(settings(tmp_path)):
        pass
    changed = settings(tmp_path, domain_suffix="events.example.com")
    with pytest.raises(UsageError, match="cannot sign names below events"), claim(changed):
        pass
    with claim(settings(tmp_path, domain_suffix="events.example.com", no_tls=True)):
        pass


def test_what_the_ready_file_says_is_noted_too(tmp_path: Path) -> None:
    with claim(settings(tmp_path)) as claims:
        claims.note("127.0.0.1:1234", {"httpsUrl": "https://localhost:1/event"})
        noted = json.loads((tmp_path / "data" / "running.json").read_text())
        assert (noted["rayAddress"], noted["httpsUrl"]) == ("127.0.0.1:1234", "https://localhost:1/event")


def test_an_old_ready_file_is_removed(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text("{}")
    with claim(settings(tmp_path, ready_file=ready)):
        assert not ready.exists()


@pytest.mark.parametrize("path", ["no/folder/ready.json", "."])
def test_a_ready_file_that_cannot_be_written_is_told(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match=r"^The ready file .* cannot be written\.$"):
        check_ready_file(tmp_path / path)


def test_only_the_last_runs_logs_are_kept(tmp_path: Path) -> None:
    folders = [new_log_folder(tmp_path) for _ in range(7)]
    assert [folder.exists() for folder in folders] == [False, False, True, True, True, True, True]
    assert (tmp_path / "logs" / "current").resolve() == folders[-1]
