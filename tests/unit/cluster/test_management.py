import json
from pathlib import Path
from typing import Any

import pytest

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.errors import UsageError
from eventray_cluster.management import KeyPair, Management, find_management

FILE = {
    "controlUrl": "http://file:1",
    "accessKeyId": "AKIAFILE",
    "secretAccessKey": "f",
    "region": "eu-west-1",
}

OURS = "CONTROL_URL ACCESS_KEY_ID SECRET_ACCESS_KEY SESSION_TOKEN CA_FILE READY_FILE DATA_DIR CONFIG REGION"


@pytest.fixture(autouse=True)
def nothing_but_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS.split():
        monkeypatch.delenv(f"EVENTRAY_{name}", raising=False)
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)


def write(path: Path, **more: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**FILE, **more}))
    return path


def find(**options: Any) -> Management:
    return find_management(options)


def test_a_server_on_the_data_directory_is_found_with_its_key(tmp_path: Path) -> None:
    write(tmp_path / "xdg" / "eventray" / "administrator.json", caFile="/ca.pem")
    assert find() == Management("http://file:1", "eu-west-1", KeyPair("AKIAFILE", "f"), Path("/ca.pem"))
    other = write(tmp_path / "data" / "administrator.json", controlUrl="http://other:2")
    assert find(data_dir=str(other.parent)).url == "http://other:2"


def test_what_is_named_closer_to_the_call_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def named(name: str) -> str:
        return str(write(tmp_path / f"{name}.json", controlUrl=f"http://{name}"))

    write(tmp_path / "xdg" / "eventray" / "administrator.json", controlUrl="http://default")
    (tmp_path / "eventray.toml").write_text(f'ready-file = "{named("toml")}"\n')
    assert find().url == "http://toml"
    monkeypatch.setenv("EVENTRAY_READY_FILE", named("environment"))
    assert find().url == "http://environment"
    monkeypatch.setenv("EVENTRAY_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("EVENTRAY_CONTROL_URL", "http://variable")
    assert find().url == "http://variable"
    assert find(ready_file=Path(named("option"))).url == "http://option"
    assert find(ready_file=Path(named("option")), control_url="http://closest").url == "http://closest"


def test_where_nothing_is_known(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="There is no EventRay server"):
        find()
    with pytest.raises(UnreachableError, match="does not say where a server is"):
        find(data_dir=str(tmp_path))
    (tmp_path / "ready.json").write_text('{"httpUrl": "http://x"}')
    with pytest.raises(UnreachableError, match="does not say where a server is"):
        find(ready_file=tmp_path / "ready.json")


@pytest.mark.parametrize("url", ["ftp://x", "x:1", "http://"])
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(UsageError, match="is not a URL"):
        find(control_url=url)


def test_the_key_of_one_server_is_not_shown_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "xdg" / "eventray" / "administrator.json")
    with pytest.raises(UsageError, match="There is no access key"):
        find(control_url="http://elsewhere")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAAWS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t")
    assert find(control_url="http://elsewhere").key == KeyPair("AKIAAWS", "a", "t")
    assert find().key == KeyPair("AKIAFILE", "f")


def test_a_key_may_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "xdg" / "eventray" / "administrator.json")
    monkeypatch.setenv("EVENTRAY_ACCESS_KEY_ID", "AKIAOWN")
    monkeypatch.setenv("EVENTRAY_SECRET_ACCESS_KEY", "o")
    monkeypatch.setenv("EVENTRAY_SESSION_TOKEN", "t")
    assert find().key == KeyPair("AKIAOWN", "o", "t")
    (tmp_path / "aws-credentials").write_text(
        "[ada]\naws_access_key_id = AKIAADA\naws_secret_access_key = p\n"
    )
    assert find(profile="ada").key == KeyPair("AKIAADA", "p")
    with pytest.raises(UsageError, match="nobody"):
        find(profile="nobody")


def test_secrets_are_in_no_repr(tmp_path: Path) -> None:
    write(tmp_path / "xdg" / "eventray" / "administrator.json", secretAccessKey="hidden")
    assert "hidden" not in repr(find())


def test_it_is_called_with_the_key(tmp_path: Path) -> None:
    write(tmp_path / "xdg" / "eventray" / "administrator.json", controlUrl="http://127.0.0.1:1")
    with pytest.raises(UnreachableError, match="cannot be reached"):
        find().http().call("GET", "v2", "apis")
