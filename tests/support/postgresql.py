"""A PostgreSQL of the tests' own: in a folder of its own, on a port of its own, gone at the end."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

START_PATIENCE_S = 30
USER = "eventray"

SETTINGS = {
    "fsync": "off",  # the machine does not lose its power in these tests
    "full_page_writes": "off",
    "synchronous_commit": "on",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "fatal",
}


class PostgreSQL:
    """A running server, which may be stopped and started."""

    def __init__(self, folder: Path, port: int, password: str) -> None:
        self.folder = folder
        self.port = port
        self.password = password

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options += f" -c unix_socket_directories={self.folder} -p {self.port}"
        log, patience = str(self.folder / "log"), str(START_PATIENCE_S)
        _run("pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-t", patience, "start")

    def stop(self) -> None:
        """Stop it at once; whoever is connected loses the connection."""
        _run("pg_ctl", "-D", str(self.folder / "data"), "-m", "fast", "-w", "stop")

    def url(self, database: str = "postgres", port: int | None = None) -> str:
        """Where the database is, for `--database`."""
        place = f"127.0.0.1:{port or self.port}"
        return f"postgresql+asyncpg://{USER}:{self.password}@{place}/{database}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"eventray_{secrets.token_hex(8)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the owner of all; what it prints."""
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", USER, "-d", database]
        how = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]
        return _run("psql", *where, *how, PGPASSWORD=self.password)


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A server that is up."""
    folder = Path(tempfile.mkdtemp(prefix="er-pg-"))
    try:
        server = PostgreSQL(folder, _free_port(), secrets.token_hex(16))
        (folder / "password").write_text(server.password)
        for path in (folder, folder / "password"):
            os.chown(path, *_owner())
        _run("initdb", "-D", str(folder / "data"), "-U", USER, f"--pwfile={folder / 'password'}",
             "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str, **environment: str) -> str:
    """Run one of PostgreSQL's programs; they refuse to serve as root."""
    user, group = _owner()
    process = subprocess.run(
        [str(_programs() / program), *arguments],
        user=user,
        group=group,
        extra_groups=[] if os.geteuid() == 0 else None,
        cwd="/",
        env={"PATH": os.environ["PATH"], **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if program == "psql" else subprocess.DEVNULL,
        stderr=subprocess.STDOUT if program == "psql" else subprocess.DEVNULL,
        text=True,
        check=False,
    )
    assert process.returncode == 0, f"{program} ended with {process.returncode}: {process.stdout}"
    return process.stdout or ""


@cache
def _programs() -> Path:
    """Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    on_path = shutil.which("initdb")
    assert found or on_path, "PostgreSQL is missing: run tests/install_packages.sh"
    return found[-1] if found else Path(str(on_path)).parent


@cache
def _owner() -> tuple[int, int]:
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    user = pwd.getpwnam("postgres")
    return user.pw_uid, user.pw_gid


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
