"""Opens the database; nothing else knows which one it is."""

import os
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from eventray_cluster.data_dir import DATABASE_FILE, private_file

BUSY_TIMEOUT_MS = 5_000


def open_engine(data_dir: Path) -> Engine:
    """The engine of the SQLite file in the directory, for use by one thread."""
    path = data_dir / DATABASE_FILE
    os.close(private_file(path))  # SQLite gives its journal files the mode of this one
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=StaticPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # sqlite3 shall not begin transactions by its own rules
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Table changes too are undone with their transaction; a writer waits before it has read."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
