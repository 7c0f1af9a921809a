"""The commands `backup` and `restore`, which go to the database and the data directory, not to the server."""

import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from eventray_cluster.client_options import option
from eventray_cluster.data_dir import private_file
from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.settings import ENV_PREFIX, load_settings
from eventray_cluster.store.place import DataPlace, place_of
from eventray_core.ports import DataLockedError, StoreUnavailableError

PASSPHRASE = ENV_PREFIX + "BACKUP_PASSPHRASE"

T = TypeVar("T")

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="the backup")]
Config = Annotated[Path | None, option("FILE", "settings file in TOML [EVENTRAY_CONFIG; eventray.toml]")]
DataDir = Annotated[str | None, option("DIR", "the data directory [~/.local/share/eventray]")]
Database = Annotated[str | None, option("URL", "PostgreSQL with the data [SQLite in the data directory]")]
DatabaseFile = Annotated[str | None, option("FILE", "file that holds that URL")]
KeyFile = Annotated[str | None, option("FILE", "key for stored secrets [DIR/encryption.key]")]
PassphraseFile = Annotated[
    Path | None,
    option("FILE", f"file that holds the backup's passphrase [{PASSPHRASE}_FILE; {PASSPHRASE}; asked]"),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (backup, restore):
        app.command()(command)


def backup(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    file: BackupFile,
    config: Config = None,
    data_dir: DataDir = None,
    database: Database = None,
    database_file: DatabaseFile = None,
    encryption_key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write all data to a new file: configuration, keys, certificates, encryption key. The server may run."""
    from eventray_cluster.store import backup as data  # noqa: PLC0415 - SQL
    from eventray_cluster.store.sealed_file import seal  # noqa: PLC0415

    if file.exists():
        raise UsageError(f"There is a file {file} already.")
    place, passphrase = _place(context), _passphrase(passphrase_file, confirm=True)
    found = _run(data.read_backup(place))
    _write(file, seal(data.encode(found), passphrase))
    typer.echo(f"{data.size_of(found)} are in {file}.")


def restore(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    file: BackupFile,
    config: Config = None,
    data_dir: DataDir = None,
    database: Database = None,
    database_file: DatabaseFile = None,
    encryption_key_file: KeyFile = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Read all data from a backup into an empty data directory, and an empty database if that is another."""
    from eventray_cluster.store import backup as data  # noqa: PLC0415 - SQL
    from eventray_cluster.store.sealed_file import SealedFileError, unseal  # noqa: PLC0415

    sealed = _read(file)
    place, passphrase = _place(context), _passphrase(passphrase_file, confirm=False)
    try:
        found = data.decode(unseal(sealed, passphrase))
    except SealedFileError as error:
        raise UsageError(f"The file {file} {error}") from None
    _run(data.restore_backup(found, place, int(time.time())))
    typer.echo(
        f"{data.size_of(found)} are in {place.data_dir}{' and the database' if place.database else ''}."
    )


def _place(context: typer.Context) -> DataPlace:
    names = ("data_dir", "database", "database_file", "encryption_key_file")
    given = {name: context.params[name] for name in names if context.params[name] is not None}
    return place_of(load_settings(given, context.params["config"]))


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except DataLockedError as error:
        raise UsageError(str(error)) from None
    except StoreUnavailableError as error:
        raise CommandError(str(error)) from None


def _passphrase(file: Path | None, confirm: bool) -> str:
    named = file or os.environ.get(f"{PASSPHRASE}_FILE")
    if named:
        passphrase = _read(Path(named)).decode("utf-8", "replace").rstrip("\r\n")
    elif PASSPHRASE in os.environ:
        passphrase = os.environ[PASSPHRASE]
    elif sys.stdin.isatty():
        passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm)
    else:
        raise UsageError("The backup needs a passphrase: give --passphrase-file.")
    if not passphrase:
        raise UsageError("The passphrase of a backup cannot be empty.")
    return passphrase


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"The file {file} cannot be read: {error.strerror}.") from None


def _write(file: Path, content: bytes) -> None:
    """All of it or nothing, on the disk, for its owner alone."""
    temporary = file.with_name(f".{file.name}.new")
    try:
        temporary.unlink(missing_ok=True)
        with os.fdopen(private_file(temporary), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.rename(file)
    except OSError as error:
        raise UsageError(f"The file {file} cannot be written: {error.strerror}.") from None
