import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from eventray_cluster.store.failures import database_failures
from eventray_core.ports import FencedError, StoreUnavailableError


class SqlStateError(Exception):
    """As PostgreSQL's driver raises it before there is a connection."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"an error of class {sqlstate[:2]}")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError(),
        PoolTimeoutError("the pool is exhausted"),
        OperationalError("SELECT 1", None, sqlite3.OperationalError("disk I/O error")),
        SqlStateError("57P03"),
        SqlStateError("28P01"),
    ],
)
def test_what_may_pass_is_the_database_being_away(error: Exception) -> None:
    with (
        pytest.raises(StoreUnavailableError, match=r"^The database cannot be used: .+\.$") as raised,
        database_failures(),
    ):
        raise error
    assert raised.value.__cause__ is error
    assert "SELECT" not in str(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        ProgrammingError("SELECT", None, sqlite3.ProgrammingError("no such table")),
        IntegrityError("INSERT", None, sqlite3.IntegrityError("UNIQUE constraint failed")),
        FencedError("another directory"),
        SqlStateError("42P01"),
        KeyError("a fault of ours"),
    ],
)
def test_everything_else_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, database_failures():
        raise error
    assert raised.value is error


def test_a_database_that_is_locked_by_another_program_may_pass(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}", connect_args={"timeout": 0})
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    locked = pytest.raises(StoreUnavailableError, match="database is locked")
    with locked, database_failures(), engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a)"))
    other.close()
    engine.dispose()


def test_silence_is_told_as_such() -> None:
    silence = pytest.raises(StoreUnavailableError, match="It did not answer in time")
    with silence, database_failures():
        raise TimeoutError
