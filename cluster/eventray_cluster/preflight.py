"""What can be found wrong, and must be taken hold of, before Ray is started: failing takes no time."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eventray_cluster.certificates.given import check_pair
from eventray_cluster.certificates.source import OpenCertificatesAt
from eventray_cluster.data_dir import (
    DATABASE_FILE,
    RUNNING_FILE,
    SERVE_LOCK,
    DataDirectoryError,
    FileLock,
    prepare_data_dir,
    private_file,
)
from eventray_cluster.edge_port import HeldPort, hold_port
from eventray_cluster.errors import UsageError
from eventray_cluster.reaper import Reaper, clear_up
from eventray_cluster.settings import Settings
from eventray_cluster.welcome import write_private_json
from eventray_core.ports import DataLockedError

SHORT_FOLDER = Path("/tmp")  # noqa: S108 - a private folder is made there; a socket's path must be short
RAY_FOLDER_PREFIX = "eventray-"
LOGS = "logs"
LOGS_KEPT = 5
SQLITE_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a server with a private Ray holds as long as it runs."""

    data_dir: Path
    port: HeldPort
    tls_port: HeldPort | None
    log_folder: Path
    ray_folder: Path
    reaper: Reaper

    @property
    def tls_port_number(self) -> int | None:
        """None without TLS."""
        return None if self.tls_port is None else self.tls_port.port

    def note(self, ray_address: str, service: Mapping[str, object] | None = None) -> None:
        """Write down where the private Ray is, and what clients must know of the service once it is ready."""
        running = {**(service or {}), "rayFolder": str(self.ray_folder), "rayAddress": ray_address}
        write_private_json(self.data_dir / RUNNING_FILE, running)

    def give_up(self) -> None:
        """Clear up in a hurry, when the orderly way takes too long."""
        self.reaper.finish(timeout_s=0.9)
        (self.data_dir / RUNNING_FILE).unlink(missing_ok=True)


def ray_address_of(data_dir: Path) -> str | None:
    """Where the private Ray of the server that runs on these data is, None if there is none."""
    return _running(data_dir).get("rayAddress") or None


def _running(data_dir: Path) -> dict[str, str]:
    try:
        found = json.loads((data_dir / RUNNING_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def check_ready_file(path: Path | None) -> None:
    """See that the ready file can be written, and remove one that an earlier server left."""
    if path is None:
        return
    if not os.access(path.parent, os.W_OK | os.X_OK) or path.is_dir():
        raise UsageError(f"The ready file {path} cannot be written.")
    path.unlink(missing_ok=True)


@contextmanager
def claim(settings: Settings) -> Iterator[Claims]:
    """Take hold of the data and the port, and see to it that all of Ray is gone afterwards.

    Raises `UsageError`.
    """
    data_dir = settings.data_dir
    with ExitStack() as held:
        prepare_data_dir(data_dir)
        held.callback(_lock(data_dir).release)
        _check_database(data_dir / DATABASE_FILE)
        port = hold_port(settings.host, settings.port)
        held.callback(port.release)
        tls_port = _hold_tls_port(settings)
        if tls_port is not None:
            held.callback(tls_port.release)
            certificates_of(settings)().read()
        check_ready_file(settings.ready_file)
        _clear_up_after_a_killed_server(data_dir)
        log_folder = new_log_folder(data_dir)
        ray_folder = Path(tempfile.mkdtemp(prefix=RAY_FOLDER_PREFIX, dir=_short_folder()))
        held.callback((data_dir / RUNNING_FILE).unlink, missing_ok=True)
        reaper = Reaper(ray_folder, log_folder)
        held.callback(reaper.finish, timeout_s=5.0)
        claims = Claims(data_dir, port, tls_port, log_folder, ray_folder, reaper)
        claims.note("")
        yield claims


def _lock(data_dir: Path) -> FileLock:
    try:
        return FileLock.take(data_dir / SERVE_LOCK)
    except DataLockedError:
        raise UsageError(f"Another EventRay server runs on the data directory {data_dir}.") from None


def _hold_tls_port(settings: Settings) -> HeldPort | None:
    check_tls(settings)
    port = settings.wanted_tls_port
    return None if port is None else hold_port(settings.host, port, "--tls-port")


def check_tls(settings: Settings) -> None:
    """Raise `UsageError` if the settings for TLS contradict one another."""
    check_pair(settings.tls_cert, settings.tls_key)
    if settings.no_tls and (settings.tls_cert or settings.tls_key):
        raise UsageError("--tls-cert and --tls-key are of no use with --no-tls.")
    if settings.port == settings.wanted_tls_port != 0:
        raise UsageError(f"Port {settings.port} cannot be both --port and --tls-port.")


def certificates_of(settings: Settings) -> OpenCertificatesAt:
    """Where the server's certificates come from."""
    return OpenCertificatesAt(settings.data_dir, settings.domain_suffix, settings.tls_cert, settings.tls_key)


def _check_database(path: Path) -> None:
    if not path.exists():
        return
    descriptor = private_file(path)
    try:
        head = os.read(descriptor, len(SQLITE_MAGIC))
    except OSError as error:
        raise DataDirectoryError(f"The database {path} cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)
    if head not in (b"", SQLITE_MAGIC):
        raise DataDirectoryError(f"The file {path} is not an SQLite database.")


def _clear_up_after_a_killed_server(data_dir: Path) -> None:
    ray_folder = Path(_running(data_dir).get("rayFolder", ""))
    with contextlib.suppress(OSError):
        if ray_folder.name.startswith(RAY_FOLDER_PREFIX) and ray_folder.lstat().st_uid == os.geteuid():
            clear_up(ray_folder, (data_dir / LOGS / "current").resolve(), spared=os.getpid())


def new_log_folder(data_dir: Path) -> Path:
    """A folder for this run's logs, which `logs/current` leads to; only the last few runs' are kept."""
    logs = data_dir / LOGS
    folder = logs / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-%f")
    current = logs / "current"
    try:
        folder.mkdir(mode=0o700, parents=True)
        current.unlink(missing_ok=True)
        current.symlink_to(folder.name)
    except OSError as error:
        raise DataDirectoryError(f"The log folder {folder} cannot be made: {error.strerror}.") from None
    runs = sorted(path for path in logs.iterdir() if path.name != current.name)
    for path in runs[:-LOGS_KEPT]:
        shutil.rmtree(path, ignore_errors=True)
    return folder


def _short_folder() -> str:
    return str(SHORT_FOLDER) if os.access(SHORT_FOLDER, os.W_OK) else tempfile.gettempdir()
