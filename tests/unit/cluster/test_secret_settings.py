import os
from pathlib import Path

import pytest

from eventray_cluster.secret_settings import (
    SecretFileError,
    check_database,
    forget_secrets,
    read_secret_files,
    without_option,
)


def test_a_secret_is_what_the_file_holds(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("  the url \n")
    path = tmp_path / "url"
    assert read_secret_files({"database_file": path, "port": 1}) == {
        "database_file": path, "database": "the url", "port": 1
    }  # fmt: skip


def test_what_is_not_given_is_not_read() -> None:
    assert read_secret_files({"database": "x", "database_file": None, "encryption_key_file": ""}) == {
        "database": "x", "database_file": None, "encryption_key_file": ""
    }  # fmt: skip


def test_a_file_of_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(SecretFileError) as error:
        read_secret_files({"encryption_key_file": str(tmp_path / "key")})
    assert error.value.args == (
        "encryption_key_file",
        f"names the file {tmp_path / 'key'}, which is not text.",
    )


@pytest.mark.parametrize(
    "url",
    ["postgresql+asyncpg://u:p@h:1/d", "postgresql://h/d?sslmode=require", "postgresql://u@/d?host=/run/pg"],
)
def test_urls_of_postgresql_are_taken(url: str) -> None:
    check_database(url)


@pytest.mark.parametrize(
    "url", ["", "postgresql", "postgresql://h", "postgresql://h/", "sqlite:///f", "mysql://h/d"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="it must be a URL such as"):
        check_database(url)


def test_secrets_do_not_stay_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTRAY_DATABASE", "hidden")
    monkeypatch.setenv("EVENTRAY_ENCRYPTION_KEY", "hidden")
    monkeypatch.setenv("EVENTRAY_DATABASE_FILE", "not a secret")
    forget_secrets("EVENTRAY_")
    assert {k for k in os.environ if k.startswith(("EVENTRAY_DATABASE", "EVENTRAY_ENC"))} == {
        "EVENTRAY_DATABASE_FILE"
    }


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["serve", "--database", "hidden", "--port", "1"], ["serve", "--port", "1"]),
        (["serve", "--database=hidden", "--database-file", "f"], ["serve", "--database-file", "f"]),
        (["serve", "--port", "1", "--database"], ["serve", "--port", "1"]),
        (["serve"], ["serve"]),
    ],
)
def test_an_option_can_be_taken_off_the_command_line(arguments: list[str], kept: list[str]) -> None:
    assert without_option(arguments, "database") == kept
