"""Opens the database; nothing else knows which one it is."""

import os
from pathlib import Path

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from eventray_cluster.data_dir import DATABASE_FILE, DataDirectoryError, private_file
from eventray_cluster.secret_settings import check_database
from eventray_cluster.store.place import DataPlace

BUSY_TIMEOUT_MS = 5_000
CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 10.0

BAD_URL = (
    "The URL of the database cannot be used: it must be like "
    "postgresql+asyncpg://user:password@host:5432/database."
)

POSTGRESQL_SESSION = {
    "application_name": "eventray",
    # A node that is gone without a word gives up its session, and with it the data, after some 11 seconds.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "11000",
    "synchronous_commit": "on",
}


def open_engine(place: DataPlace, reading: bool = False) -> AsyncEngine:
    """The engine of the database, with one connection, for which those who need it wait in turn.

    One that is for reading sees in each transaction the data of one moment, and stands in no writer's way.
    Raises `DataDirectoryError` if there cannot be one.
    """
    if place.database is None:
        return _sqlite_engine(place.data_dir / DATABASE_FILE, "BEGIN" if reading else "BEGIN IMMEDIATE")
    return create_async_engine(
        postgresql_url(place.database),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=STATEMENT_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="REPEATABLE READ" if reading else None,
        execution_options={"postgresql_readonly": reading},
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": STATEMENT_TIMEOUT_S,
            "server_settings": POSTGRESQL_SESSION,
        },
    )


def postgresql_url(text: str) -> URL:
    """The URL as SQLAlchemy wants it; `sslmode`, as libpq has it, may be given.

    Raises `DataDirectoryError`, whose text does not repeat the URL, for one that is not PostgreSQL's.
    """
    try:
        check_database(text)
        url = make_url(text)
    except (ValueError, ArgumentError):  # SQLAlchemy's own text would show the password
        raise DataDirectoryError(BAD_URL) from None
    if mode := url.query.get("sslmode"):
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return url.set(drivername="postgresql+asyncpg")


def _sqlite_engine(path: Path, begin: str) -> AsyncEngine:
    os.close(private_file(path))  # SQLite gives its journal files the mode of this one
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=STATEMENT_TIMEOUT_S,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # sqlite3 shall not begin transactions by its own rules: table changes too are undone with theirs, and
    # a writer waits before it has read.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
