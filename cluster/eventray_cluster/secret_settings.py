"""Settings that nobody but the server may see: given as they are, or as the file that holds them.

`database_file` names a file with what `database` would be, and so on. A secret is never repeated in an
error's text, and does not stay in the environment, which every process inherits that the server starts.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from eventray_cluster.store.key_text import decode_encryption_key

SECRETS = ("database", "encryption_key")
"""Each is a setting, and with `_file` at its end another."""

FILE = "_file"

DATABASE_SCHEMES = ("postgresql+asyncpg", "postgresql", "postgres")


class SecretFileError(Exception):
    """A secret cannot be had."""


def checked(check: Callable[[str], object]) -> AfterValidator:
    """Makes pydantic call the check with the secret itself."""

    def validate(secret: SecretStr) -> SecretStr:
        check(secret.get_secret_value())
        return secret

    return AfterValidator(validate)


def check_database(url: str) -> None:
    """Raises `ValueError` for what is not the URL of a PostgreSQL database."""
    parts = urlsplit(url)
    if parts.scheme not in DATABASE_SCHEMES or not parts.path.strip("/"):
        raise ValueError("it must be a URL such as postgresql+asyncpg://user:password@host:5432/database")


def check_encryption_key(text: str) -> None:
    """Raises `ValueError` for what is no key."""
    decode_encryption_key(text)


def read_secret_files(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with each secret that is in a file in its place.

    Raises `SecretFileError`, whose arguments are the setting's name and the sentence, when one cannot be
    read or is given twice.
    """
    read: dict[str, Any] = {}
    for secret in SECRETS:
        name = secret + FILE
        if not values.get(name) or not isinstance(values[name], str | Path):
            continue  # not given, or what the check of all settings refuses
        if values.get(secret) is not None:
            raise SecretFileError(name, "and the secret itself are both given: leave one out.")
        read[secret] = _content(name, Path(values[name]).expanduser())
    return {**values, **read}


def _content(name: str, path: Path) -> str:
    try:
        content = path.read_text("utf-8").strip()
    except OSError as error:
        raise SecretFileError(
            name, f"names the file {path}, which cannot be read: {error.strerror}."
        ) from None
    except ValueError:
        raise SecretFileError(name, f"names the file {path}, which is not text.") from None
    if not content:
        raise SecretFileError(name, f"names the file {path}, which is empty.")
    return content


def forget_secrets(prefix: str) -> None:
    """Take them out of this process's environment, so that no other inherits them."""
    for secret in SECRETS:
        os.environ.pop(f"{prefix}{secret.upper()}", None)


def without_option(arguments: Sequence[str], name: str) -> list[str]:
    """The command line without `--name value` and `--name=value`."""
    kept: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == f"--{name}":
            next(rest, None)
        elif not argument.startswith(f"--{name}="):
            kept.append(argument)
    return kept
