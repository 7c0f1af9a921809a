"""The command as it is called; none of these runs comes as far as starting Ray."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from eventray_cluster.preflight import claim
from eventray_cluster.settings import Settings

COMMAND = [sys.executable, "-m", "eventray_cluster.cli"]
FAST_S = 10.0
"""Far below what starting Ray takes under load, far above what failing takes."""

Result = subprocess.CompletedProcess[str]


def eventray(tmp_path: Path, *arguments: str, **environment: str) -> Result:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENTRAY_")}
    variables = {**kept, "XDG_DATA_HOME": str(tmp_path / "xdg"), **environment}
    return subprocess.run(
        [*COMMAND, *arguments], env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=FAST_S
    )


def complaint(result: Result) -> str:
    """The one sentence on standard error, after exit code 2."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    (sentence,) = [line for line in result.stderr.splitlines() if " INFO " not in line]
    assert sentence.startswith("eventray: ")
    assert sentence.endswith(".")
    return sentence.removeprefix("eventray: ")


@pytest.fixture
def taken_port() -> Iterator[str]:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield str(listener.getsockname()[1])


def test_the_version_is_told(tmp_path: Path) -> None:
    result = eventray(tmp_path, "--version")
    assert result.returncode == 0
    assert re.fullmatch(r"eventray (\d+\.\d+\.\d+.*)\n", result.stdout)


def test_help_names_every_setting(tmp_path: Path) -> None:
    result = eventray(tmp_path, "serve", "--help")
    assert result.returncode == 0
    options = set(re.findall(r"^  --([a-z-]+)", result.stdout, re.MULTILINE))
    assert options == {name.replace("_", "-") for name in Settings.model_fields} | {"config", "help"}


def test_a_bad_setting(tmp_path: Path) -> None:
    result = eventray(tmp_path, "serve", "--port", "eighty")
    assert complaint(result) == "--port is 'eighty', but it must be a whole number."


def test_several_bad_settings_are_told_at_once(tmp_path: Path) -> None:
    result = eventray(tmp_path, "serve", "--port", "eighty", EVENTRAY_SHARDS="0")
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        "eventray: --port is 'eighty', but it must be a whole number.",
        "eventray: EVENTRAY_SHARDS is '0', but it must be at least 1.",
    ]


def test_an_unknown_option(tmp_path: Path) -> None:
    result = eventray(tmp_path, "serve", "--colour", "red")
    assert result.returncode == 2
    assert "No such option: --colour" in result.stderr


def test_a_bad_settings_file(tmp_path: Path) -> None:
    (tmp_path / "eventray.toml").write_text("colour = 'red'")
    assert complaint(eventray(tmp_path, "serve")) == "colour in eventray.toml is not a setting."
    missing = eventray(tmp_path, "serve", "--config", "no.toml")
    assert complaint(missing) == "The settings file no.toml cannot be read: No such file or directory."


def test_a_taken_port(tmp_path: Path, taken_port: str) -> None:
    sentence = complaint(eventray(tmp_path, "serve", "--port", taken_port))
    assert (
        sentence
        == f"Port {taken_port} of 127.0.0.1 is taken by another program; choose another one with --port."
    )


def test_a_second_server_on_the_same_data(tmp_path: Path) -> None:
    with claim(Settings(data_dir=tmp_path / "data", port=0)):
        sentence = complaint(eventray(tmp_path, "serve", "--port", "0", "--data-dir", "data"))
    assert sentence == f"Another EventRay server runs on the data directory {tmp_path}/data."


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    sentence = complaint(eventray(tmp_path, "serve", "--port", "0", "--data-dir", "data"))
    assert sentence == f"The data directory {tmp_path}/data is not a directory."


def test_a_data_directory_of_another_user(tmp_path: Path) -> None:
    foreign = tmp_path / "data" if os.geteuid() == 0 else Path("/")
    if os.geteuid() == 0:
        foreign.mkdir()
        os.chown(foreign, 65_534, 65_534)
    sentence = complaint(eventray(tmp_path, "serve", "--port", "0", "--data-dir", str(foreign)))
    assert sentence.startswith(f"The data directory {foreign} belongs to another user (id ")


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "eventray.db").write_text("some notes of mine")
    sentence = complaint(eventray(tmp_path, "serve", "--port", "0", "--data-dir", "data"))
    assert sentence == f"The file {tmp_path}/data/eventray.db is not an SQLite database."


def test_a_ready_file_nowhere(tmp_path: Path) -> None:
    sentence = complaint(eventray(tmp_path, "serve", "--port", "0", "--ready-file", "no/ready.json"))
    assert sentence == f"The ready file {tmp_path}/no/ready.json cannot be written."


def test_a_cluster_needs_a_port_that_is_known(tmp_path: Path) -> None:
    sentence = complaint(eventray(tmp_path, "serve", "--port", "0", "--address", "auto"))
    assert "--port 0 is not possible with --address" in sentence


def test_a_cluster_that_is_not_there(tmp_path: Path, taken_port: str) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        result = eventray(tmp_path, "serve", "--address", address)
    assert result.returncode == 1
    assert f"eventray: The Ray cluster at {address} cannot be joined: " in result.stderr


def test_the_status_of_nothing(tmp_path: Path) -> None:
    sentence = complaint(eventray(tmp_path, "status", "--data-dir", "data"))
    assert sentence == f"No EventRay server runs on the data directory {tmp_path}/data."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_right_after_the_start(tmp_path: Path, number: signal.Signals) -> None:
    command = [*COMMAND, "serve", "--port", "0", "--data-dir", "data"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        lock = tmp_path / "data" / "serve.lock"
        deadline = time.monotonic() + FAST_S
        while not lock.exists():
            assert time.monotonic() < deadline
            time.sleep(0.001)
        process.send_signal(number)
        assert process.wait(20) == 0
    assert not (tmp_path / "data" / "running.json").exists()


def test_trust_prints_what_it_cannot_do(tmp_path: Path) -> None:
    data = tmp_path / "data"
    result = eventray(tmp_path, "trust", "--data-dir", "data", PATH="", HOME=str(tmp_path))
    assert result.returncode == 3, result.stderr
    assert result.stdout == (
        "the system's store: the program trust is not installed. With it, run\n"
        f"  {'' if os.geteuid() == 0 else 'sudo '}trust anchor --store {data}/tls/ca.pem\n"
    )
    assert (data / "tls" / "ca.pem").exists()


def test_there_must_be_something_to_trust_no_longer(tmp_path: Path) -> None:
    sentence = complaint(eventray(tmp_path, "trust", "--remove", "--data-dir", "data", PATH=""))
    assert sentence == f"There is no certificate authority in {tmp_path}/data/tls."
    assert not (tmp_path / "data").exists()


def test_a_tls_port_that_is_taken(tmp_path: Path, taken_port: str) -> None:
    options = ["--port", "0", "--tls-port", taken_port, "--data-dir", "data"]
    sentence = complaint(eventray(tmp_path, "serve", *options))
    assert sentence == (
        f"Port {taken_port} of 127.0.0.1 is taken by another program; choose another one with --tls-port."
    )


def test_one_port_for_both(tmp_path: Path) -> None:
    options = ["--port", "8765", "--tls-port", "8765", "--data-dir", "data"]
    assert complaint(eventray(tmp_path, "serve", *options)) == (
        "Port 8765 cannot be both --port and --tls-port."
    )


def test_a_tls_port_of_a_cluster_is_a_fixed_one(tmp_path: Path) -> None:
    sentence = complaint(eventray(tmp_path, "serve", "--tls-port", "0", "--address", "auto"))
    assert "--tls-port 0 is not possible with --address" in sentence


def test_a_certificate_that_cannot_be_used(tmp_path: Path) -> None:
    options = ["--port", "0", "--data-dir", "data", "--tls-cert", "no.pem", "--tls-key", "no-key.pem"]
    sentence = complaint(eventray(tmp_path, "serve", *options))
    assert sentence == f"The certificate {tmp_path}/no.pem cannot be read: No such file or directory."


def test_a_certificate_without_tls(tmp_path: Path) -> None:
    options = ["--port", "0", "--data-dir", "data", "--no-tls", "--tls-cert", "c.pem", "--tls-key", "k.pem"]
    assert complaint(eventray(tmp_path, "serve", *options)) == (
        "--tls-cert and --tls-key are of no use with --no-tls."
    )
