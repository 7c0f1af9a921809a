"""Everything that can be set, read once and checked together.

A value on the command line beats `EVENTRAY_*` in the environment, which beats the TOML file, which
beats the default. An option `--data-dir` is `EVENTRAY_DATA_DIR` and `data-dir` (or `data_dir`) there.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from eventray_cluster.errors import UsageError
from eventray_cluster.logging_setup import LogFormat, LogLevel
from eventray_cluster.secret_settings import (
    FILE,
    SECRETS,
    SecretFileError,
    check_database,
    check_encryption_key,
    checked,
    read_secret_files,
)
from eventray_core.dns_name import is_dns_name, normalise

CONFIG_FILE = "eventray.toml"
"""The settings file in the current folder that is read when none is named."""

DEFAULT_TLS_PORT = 8443
"""Unless `port` is 0, which asks for free ports."""

ENV_PREFIX = "EVENTRAY_"
CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"


class SettingsError(UsageError):
    """Settings that cannot be used; each line of the text is one sentence about one of them."""


def default_data_dir() -> Path:
    """The data folder of the user, where the XDG base directory specification wants it."""
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path("~/.local/share").expanduser()) / "eventray"


def _absolute(value: object) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("it must be a path")
    try:
        return Path(os.path.abspath(Path(value).expanduser()))
    except RuntimeError:
        raise ValueError("there is no home folder to put for the '~'") from None


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _host(host: str) -> str:
    if host and not re.search(r"[\s/]", host):
        return host
    raise ValueError("it must be a host name or an IP address")


def _region(region: str) -> str:
    if re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d+", region):
        return region
    raise ValueError("it must look like 'us-east-1'")


def _cluster_address(address: str) -> str:
    host, _, port = address.rpartition(":")
    if address == "auto" or (host and "/" not in host and port.isdecimal()):
        return address
    raise ValueError("it must be 'auto' or the host:port of the cluster's head")


OWN_TOP_LEVEL = ("localhost", "local", "test", "internal", "lan", "home")
"""Names of one label below which nobody else has names."""


def _domain(name: str) -> str:
    name = normalise(name)
    if is_dns_name(name) and ("." in name or name in OWN_TOP_LEVEL):
        return name
    raise ValueError(f"it must be a domain of yours such as 'events.example.com', or {OWN_TOP_LEVEL[0]}")


def _public_url(text: str) -> str:
    problem = "it must be an http:// or https:// URL without a path, such as 'https://events.example.com'"
    try:
        url = urlsplit(text)
        valid = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        raise ValueError(problem) from None
    if not valid or url.path not in ("", "/") or url.query or url.fragment or url.username is not None:
        raise ValueError(problem)
    return f"{url.scheme}://{url.netloc}"


def _account_id(text: str) -> str:
    if re.fullmatch(r"[0-9]{12}", text):
        return text
    raise ValueError("it must be 12 digits")


AbsolutePath = Annotated[Path, BeforeValidator(_absolute)]


class Settings(BaseSettings):
    """How this server is to run. Made by `load_settings`; never changes."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_ignore_empty=True
    )

    host: Annotated[str, AfterValidator(_host)] = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    data_dir: AbsolutePath = Field(default_factory=default_data_dir)
    gateways: int = Field(1, ge=1, le=64)
    shards: int = Field(2, ge=1, le=256)
    address: Annotated[str, AfterValidator(_cluster_address)] | None = None
    ready_file: AbsolutePath | None = None
    log_level: Annotated[LogLevel, BeforeValidator(_upper)] = "INFO"
    log_format: LogFormat = "text"
    region: Annotated[str, AfterValidator(_region)] = "us-east-1"
    no_dashboard: bool = False
    dev: bool = False
    database: Annotated[SecretStr, checked(check_database)] | None = None
    database_file: AbsolutePath | None = None
    encryption_key: Annotated[SecretStr, checked(check_encryption_key)] | None = None
    encryption_key_file: AbsolutePath | None = None
    init: bool = False
    tls_port: int | None = Field(None, ge=0, le=65535)
    no_tls: bool = False
    domain_suffix: Annotated[str, AfterValidator(_domain)] = "localhost"
    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    account_id: Annotated[str, AfterValidator(_account_id)] = "000000000000"
    tls_cert: AbsolutePath | None = None
    tls_key: AbsolutePath | None = None

    @property
    def wanted_tls_port(self) -> int | None:
        """None for no TLS; where any plain port will do, any TLS port will, too."""
        if self.no_tls:
            return None
        return self.tls_port if self.tls_port is not None else DEFAULT_TLS_PORT if self.port else 0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """`load_settings` merges the sources, because it names the one that a bad value came from."""
        return (init_settings,)


def load_settings(options: Mapping[str, Any], config: Path | None = None) -> Settings:
    """Read all sources; `options` are those given on the command line, by field name.

    Raises `SettingsError` with one sentence for each thing that is wrong.
    """
    path = _config_path(config)
    table = _read_table(path) if path else {}
    environment = EnvSettingsSource(Settings)()
    origin = _Origin(options, environment, path)
    try:
        return Settings(**read_secret_files({**table, **environment, **options}))
    except SecretFileError as error:
        name, sentence = error.args
        raise SettingsError(f"{origin.name(name)} {sentence}") from None
    except ValidationError as error:
        raise SettingsError("\n".join(origin.sentence(e) for e in error.errors())) from None
    except RuntimeError:
        raise SettingsError("There is no home folder for the data; name one with --data-dir.") from None


def _config_path(given: Path | None) -> Path | None:
    named = given or os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    return Path(CONFIG_FILE) if Path(CONFIG_FILE).is_file() else None


def _read_table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise SettingsError(f"The settings file {path} is not valid TOML: {error}.") from None
    return {key.replace("-", "_"): value for key, value in table.items()}


class _Origin:
    """Tells where a value was given, in the words of whoever gave it."""

    def __init__(self, options: Mapping[str, Any], environment: Mapping[str, Any], path: Path | None) -> None:
        self._options = options
        self._environment = environment
        self._path = path

    def sentence(self, error: ErrorDetails) -> str:
        """What is wrong with one value."""
        field = str(error["loc"][0])
        if error["type"] == "extra_forbidden":
            return f"{self.name(field)} is not a setting."
        if field in SECRETS:
            return f"{self.name(field)} cannot be used: {_reason(error)}."
        return f"{self.name(field)} is {error['input']!r}, but {_reason(error)}."

    def name(self, field: str) -> str:
        """The setting as it was given; a secret may have been given by its file."""
        return (
            self._given(field)
            or (field in SECRETS and self._given(field + FILE))
            or f"{field} in {self._path}"
        )

    def _given(self, field: str) -> str | None:
        if field in self._options:
            return "--" + field.replace("_", "-")
        if field in self._environment:
            return ENV_PREFIX + field.upper()
        return None


def _reason(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            return "it must be a whole number"
        case "bool_parsing" | "bool_type":
            return "it must be true or false"
        case "greater_than_equal":
            return f"it must be at least {context['ge']}"
        case "less_than_equal":
            return f"it must be at most {context['le']}"
        case "value_error":
            return str(context["error"])
    return "it " + error["msg"].removeprefix("Input ")
