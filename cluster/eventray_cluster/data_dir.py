"""The data directory: who may use it, and who does at the moment."""

import fcntl
import logging
import os
import stat
from pathlib import Path
from typing import Self

from eventray_cluster.errors import UsageError
from eventray_core.ports import DataLockedError

logger = logging.getLogger(__name__)

DATABASE_FILE = "eventray.db"

DIRECTORY_LOCK = "directory.lock"
"""Held by the store of the one namespace directory."""

ADMINISTRATOR_FILE = "administrator.json"
"""What the ready file says, for the commands of whoever may read these data; there while a server runs."""

SERVE_LOCK = "serve.lock"
"""Held by the one `eventray serve` that runs a private Ray on these data."""

RUNNING_FILE = "running.json"
"""Says where the server that runs on these data is, and its Ray: for other commands, and for the next start
if it is killed."""


class DataDirectoryError(UsageError):
    """The data directory cannot be used; the text is one sentence that says why."""


def prepare_data_dir(path: Path) -> None:
    """Make the directory, open to its owner only, or see that the one that exists can be used.

    An existing directory keeps its mode, since it may be anything; the files in it are made private.
    Raises `DataDirectoryError`.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.stat()
    except FileExistsError:
        raise DataDirectoryError(f"The data directory {path} is not a directory.") from None
    except OSError as error:
        raise DataDirectoryError(f"The data directory {path} cannot be made: {error.strerror}.") from None
    if status.st_uid != os.geteuid():
        raise DataDirectoryError(
            f"The data directory {path} belongs to another user (id {status.st_uid}, not {os.geteuid()})."
        )
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        raise DataDirectoryError(f"The data directory {path} cannot be read and written by its owner.")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        logger.warning("other users may write to the data directory %s; `chmod 700` is safer", path)


def private_file(path: Path) -> int:
    """Open the file for reading and writing, made with mode 0600 if new; the caller closes it."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise DataDirectoryError(f"The file {path} cannot be opened: {error.strerror}.") from None


class FileLock:
    """An exclusive lock on a file, which the kernel frees when this process ends however it ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Self:
        """Lock the file, at once or never: raises `DataLockedError` when another process has it."""
        descriptor = private_file(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise DataLockedError(f"Another process uses the data in {path.parent}.") from None
        return cls(descriptor)

    def release(self) -> None:
        """Give the lock up. The file stays: removing it would let two processes lock two files."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
