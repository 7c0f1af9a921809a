from pathlib import Path

import pytest
from pydantic import ValidationError

from eventray_cluster.settings import Settings, SettingsError, default_data_dir, load_settings
from eventray_cluster.store.key_text import encode_encryption_key

KEY = encode_encryption_key(bytes(range(32)))


@pytest.fixture(autouse=True)
def only_these_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and nothing in the environment."""
    for field in [*Settings.model_fields, "config"]:
        monkeypatch.delenv(f"EVENTRAY_{field.upper()}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_serve_this_machine_only(tmp_path: Path) -> None:
    settings = load_settings({})
    assert (settings.host, settings.port, settings.gateways, settings.shards) == ("127.0.0.1", 8080, 1, 2)
    assert (settings.address, settings.ready_file, settings.no_dashboard) == (None, None, False)
    assert settings.data_dir == tmp_path / "xdg" / "eventray"


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        setattr(load_settings({}), "port", 1)  # noqa: B010 - a type checker knows it already


def test_the_command_line_beats_the_environment_beats_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("eventray.toml").write_text("port = 1\ngateways = 2\nshards = 3\n")
    monkeypatch.setenv("EVENTRAY_GATEWAYS", "4")
    monkeypatch.setenv("EVENTRAY_SHARDS", "5")
    settings = load_settings({"shards": "6"})
    assert (settings.port, settings.gateways, settings.shards) == (1, 4, 6)


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_every_setting_can_be_given_in_each_place(
    field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        "host": "0.0.0.0",
        "port": "99",
        "data_dir": "/d",
        "gateways": "3",
        "shards": "4",
        "address": "10.0.0.1:6379",
        "ready_file": "/r",
        "log_level": "DEBUG",
        "log_format": "json",
        "region": "eu-central-1",
        "no_dashboard": "true",
        "database": "postgresql+asyncpg://someone:hidden@db.example:5432/eventray",
        "database_file": str(tmp_path / "database"),
        "encryption_key": KEY,
        "encryption_key_file": str(tmp_path / "key"),
        "init": "true",
        "tls_port": "98",
        "no_tls": "true",
        "domain_suffix": "events.example.com",
        "tls_cert": "/c.pem",
        "tls_key": "/k.pem",
        "public_url": "https://events.example.com",
        "account_id": "123456789012",
        "dev": "true",
    }
    Path("database").write_text("postgresql://someone@db.example/eventray\n")
    Path("key").write_text(f"{KEY}\n")
    given = {field: values[field]}
    by_option = load_settings(given)
    assert getattr(by_option, field) != getattr(load_settings({}), field)
    Path("eventray.toml").write_text(f"{field.replace('_', '-')} = '{values[field]}'")
    assert load_settings({}) == by_option
    Path("eventray.toml").unlink()
    monkeypatch.setenv(f"EVENTRAY_{field.upper()}", values[field])
    assert load_settings({}) == by_option


@pytest.mark.parametrize(
    ("options", "port"),
    [
        ({}, 8443),
        ({"port": "9000"}, 8443),
        ({"port": "0"}, 0),
        ({"port": "0", "tls_port": "9443"}, 9443),
        ({"tls_port": "0"}, 0),
        ({"no_tls": True}, None),
        ({"no_tls": True, "tls_port": "9443"}, None),
    ],
)
def test_where_tls_is_served(options: dict[str, str], port: int | None) -> None:
    assert load_settings(options).wanted_tls_port == port


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://events.example.com", "https://events.example.com"),
        ("http://events.example.com:8080/", "http://events.example.com:8080"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_where_others_reach_the_server(given: str, url: str) -> None:
    assert load_settings({"public_url": given}).public_url == url


@pytest.mark.parametrize(
    "given",
    [
        "events.example.com",
        "wss://events.example.com",
        "https://",
        "https://a/path",
        "https://a?b",
        "https://a#b",
        "https://me@a",
        "https://a:b",
        "https://a:0",
        "https://[a",
    ],
)
def test_what_is_no_public_url(given: str) -> None:
    with pytest.raises(SettingsError, match="without a path"):
        load_settings({"public_url": given})


@pytest.mark.parametrize("given", ["1", "12345678901a", "1234567890123", "１２３４５６７８９０１２"])
def test_what_is_no_account(given: str) -> None:
    with pytest.raises(SettingsError, match="12 digits"):
        load_settings({"account_id": given})


@pytest.mark.parametrize("suffix", ["localhost", "Events.Example.COM.", "test", "a.b.c"])
def test_domains_of_ones_own(suffix: str) -> None:
    assert load_settings({"domain_suffix": suffix}).domain_suffix == suffix.lower().rstrip(".")


@pytest.mark.parametrize("suffix", ["", "com", "*.example.com", "example..com", "127.0.0.1", "a b.com"])
def test_domains_that_are_not_ones_own(suffix: str) -> None:
    with pytest.raises(SettingsError, match=r"^--domain-suffix is .*, but it must be a domain of yours"):
        load_settings({"domain_suffix": suffix})


def test_another_file_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("eventray.toml").write_text("port = 1")
    Path("a.toml").write_text("port = 2")
    Path("b.toml").write_text("port = 3")
    monkeypatch.setenv("EVENTRAY_CONFIG", "a.toml")
    assert load_settings({}).port == 2
    assert load_settings({}, Path("b.toml")).port == 3


def test_an_empty_variable_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTRAY_ADDRESS", "")
    assert load_settings({}).address is None


def test_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    settings = load_settings({"data_dir": "data", "ready_file": "~/ready.json"})
    assert settings.data_dir == tmp_path / "data"
    assert settings.ready_file == Path("/home/someone/ready.json")


@pytest.mark.parametrize("value", ["", "relative/folder"])
def test_the_data_are_in_the_users_data_folder(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", value)
    monkeypatch.setenv("HOME", "/home/someone")
    assert default_data_dir() == Path("/home/someone/.local/share/eventray")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"port": "65536"}, "--port is '65536', but it must be at most 65535."),
        ({"port": "-1"}, "--port is '-1', but it must be at least 0."),
        ({"port": "http"}, "--port is 'http', but it must be a whole number."),
        ({"gateways": "0"}, "--gateways is '0', but it must be at least 1."),
        ({"host": ""}, "--host is '', but it must be a host name or an IP address."),
        ({"data_dir": ""}, "--data-dir is '', but it must be a path."),
        ({"region": "Europe"}, "--region is 'Europe', but it must look like 'us-east-1'."),
        (
            {"address": "ray://head:1"},
            "--address is 'ray://head:1', but it must be 'auto' or the host:port of the cluster's head.",
        ),
        (
            {"log_level": "loud"},
            "--log-level is 'LOUD', but it should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'.",
        ),
        (
            {"port": "x", "shards": "0"},
            "--port is 'x', but it must be a whole number.\n--shards is '0', but it must be at least 1.",
        ),
    ],
)
def test_a_bad_value_is_told_in_a_sentence(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(options)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour = 3", "colour in eventray.toml is not a setting."),
        ("[server]\nport = 1", "server in eventray.toml is not a setting."),
        ("port = 'x'", "port in eventray.toml is 'x', but it must be a whole number."),
        ("port = 1.5", "port in eventray.toml is 1.5, but it must be a whole number."),
        ("host = 3", "host in eventray.toml is 3, but it should be a valid string."),
    ],
)
def test_a_bad_file_is_told_in_a_sentence(text: str, sentence: str) -> None:
    Path("eventray.toml").write_text(text)
    with pytest.raises(SettingsError) as error:
        load_settings({})
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"database": "mysql://someone:hidden@host/d"},
            "--database cannot be used: it must be a URL such as "
            "postgresql+asyncpg://user:password@host:5432/database.",
        ),
        ({"encryption_key": "hidden"}, "--encryption-key cannot be used: it must be 32 bytes in base64."),
        (
            {"encryption_key_file": "a"},
            "--encryption-key-file cannot be used: it must be 32 bytes in base64.",
        ),
        ({"encryption_key_file": "e"}, "--encryption-key-file names the file e, which is empty."),
        (
            {"database_file": "none"},
            "--database-file names the file none, which cannot be read: No such file or directory.",
        ),
        (
            {"database_file": "a", "database": "hidden"},
            "--database-file and the secret itself are both given: leave one out.",
        ),
    ],
)
def test_a_bad_secret_is_told_but_not_shown(options: dict[str, str], sentence: str) -> None:
    Path("a").write_text("hidden")
    Path("e").write_text(" \n")
    with pytest.raises(SettingsError) as error:
        load_settings(options)
    assert str(error.value) == sentence


def test_secrets_are_not_shown_with_the_settings() -> None:
    settings = load_settings({"database": "postgresql://u:hidden@h/d", "encryption_key": KEY})
    assert "hidden" not in repr(settings) and KEY not in repr(settings)


def test_a_file_that_is_not_toml_is_told(tmp_path: Path) -> None:
    Path("eventray.toml").write_text("port = [")
    with pytest.raises(SettingsError, match=r"^The settings file eventray\.toml is not valid TOML: "):
        load_settings({})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^The settings file no\.toml cannot be read: No such file"):
        load_settings({}, Path("no.toml"))


def test_the_variable_of_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTRAY_NO_DASHBOARD", "perhaps")
    with pytest.raises(
        SettingsError, match=r"^EVENTRAY_NO_DASHBOARD is 'perhaps', but it must be true or false"
    ):
        load_settings({})
