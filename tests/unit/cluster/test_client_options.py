import json
from pathlib import Path

import pytest
import typer

from eventray_client import errors
from eventray_client.errors import EventsError, RefusedError
from eventray_cluster.client_options import command_error, locate, run


@pytest.fixture(autouse=True)
def nothing_but_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        "HTTP_URL",
        "REALTIME_URL",
        "API_KEY",
        "CA_FILE",
        "READY_FILE",
        "DATA_DIR",
        "CONFIG",
        "PORT",
        "REGION",
    ]
    for name in names:
        monkeypatch.delenv(f"EVENTRAY_{name}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)


def write(path: Path, name: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"httpUrl": f"http://{name}/event", "apiKey": "k"}))
    return path


async def found(**options: object) -> str:
    return (await locate(options)).host


async def test_the_default_data_directory_is_the_last_resort(tmp_path: Path) -> None:
    write(tmp_path / "xdg" / "eventray" / "running.json", "default")
    assert await found() == "default"


async def test_what_is_named_closer_to_the_call_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "xdg" / "eventray" / "running.json", "default")
    (tmp_path / "eventray.toml").write_text(f'ready-file = "{write(tmp_path / "toml.json", "toml")}"\n')
    assert await found() == "toml"
    monkeypatch.setenv("EVENTRAY_READY_FILE", str(write(tmp_path / "env.json", "env-file")))
    assert await found() == "env-file"
    monkeypatch.setenv("EVENTRAY_HTTP_URL", "http://env/event")
    monkeypatch.setenv("EVENTRAY_API_KEY", "k")
    assert await found() == "env"
    data = write(tmp_path / "data" / "running.json", "data").parent
    assert await found(data_dir=str(data)) == "data"
    assert await found(ready_file=write(tmp_path / "arg.json", "arg-file"), data_dir=str(data)) == "arg-file"
    assert await found(http_url="http://arg/event", ready_file=tmp_path / "arg.json") == "arg"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.CredentialsRefusedError("x"), 1),
        (errors.ChannelRefusedError("x"), 1),
        (errors.LimitExceededError("x"), 1),
        (RefusedError("x"), 1),
        (errors.SubscriptionOverflowError("x"), 1),
        (errors.InvalidChannelError("x"), 2),
        (errors.ServerNotFoundError("x"), 3),
        (errors.UnavailableError("x"), 3),
    ],
)
def test_each_error_has_its_exit_code(error: EventsError, code: int) -> None:
    assert command_error(error).code == code


def test_a_command_exits_with_what_it_returns_or_130_after_control_c() -> None:
    async def three() -> int:
        return 3

    async def interrupted() -> int:
        raise KeyboardInterrupt

    for command, code in ((three, 3), (interrupted, 130)):
        with pytest.raises(typer.Exit) as caught:
            run(command)
        assert caught.value.exit_code == code
