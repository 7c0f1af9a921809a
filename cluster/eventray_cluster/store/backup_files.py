"""The files of the data directory that a backup holds beside the database: nobody can make them anew."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from eventray_cluster.data_dir import DataDirectoryError, private_file
from eventray_cluster.store.key_file import sync_folder

TLS_FOLDER = "tls"
"""The certificate authority that clients were told to trust, and its keys."""

NO_CONTENT = ("lock",)


def read_files(data_dir: Path) -> dict[str, bytes]:
    """The content of each, by its path in the data directory."""
    paths = sorted((data_dir / TLS_FOLDER).rglob("*"))
    found = [path for path in paths if path.is_file() and path.name not in NO_CONTENT]
    try:
        return {path.relative_to(data_dir).as_posix(): path.read_bytes() for path in found}
    except OSError as error:
        raise DataDirectoryError(f"The file {error.filename} cannot be read: {error.strerror}.") from None


def write_files(data_dir: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write them, for their owner alone, on the disk when this returns; which ones, for `remove_files`.

    None may be there already. Raises `DataDirectoryError`, and leaves none, if they cannot be written.
    """
    written: list[Path] = []
    try:
        for name, content in files.items():
            path = _below(data_dir, name)
            for folder in reversed(path.relative_to(data_dir).parents):
                (data_dir / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            written.append(path)
            _write(path, content)
    except OSError as error:
        remove_files(written)
        raise DataDirectoryError(f"The file {path} cannot be written: {error.strerror}.") from None
    except BaseException:
        remove_files(written)
        raise
    return written


def remove_files(paths: list[Path]) -> None:
    """Take back what `write_files` wrote."""
    for path in paths:
        path.unlink(missing_ok=True)


def _below(data_dir: Path, name: str) -> Path:
    """A backup comes from elsewhere: no name in it leads out of the data directory."""
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise DataDirectoryError(f"The backup names a file outside the data directory: {name!r}.")
    return data_dir / pure


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(private_file(path), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
