"""The database's errors to ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from eventray_core.ports import StoreUnavailableError

UNAVAILABLE = (OperationalError, InterfaceError, InternalError, PoolTimeoutError, OSError)
"""Errors of the database's state, not of what it was asked."""

SQLSTATE_CLASSES = ("08", "25", "28", "3D", "53", "57", "58", "XX")
"""PostgreSQL's: connection, read-only, login, no such database, resources, shutdown, system, its own."""


@contextmanager
def database_failures() -> Iterator[None]:
    """Raise `StoreUnavailableError` for what may pass without anybody changing the program."""
    try:
        yield
    except Exception as error:
        if not _may_pass(error):
            raise
        raise StoreUnavailableError(f"The database cannot be used: {_gist(error)}") from error


def _may_pass(error: Exception) -> bool:
    """SQLAlchemy does not wrap what the driver raises before there is a connection."""
    if isinstance(error, UNAVAILABLE) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    return isinstance(state, str) and state.startswith(SQLSTATE_CLASSES)


def _gist(error: Exception) -> str:
    """The driver's own words; SQLAlchemy's would add the statement."""
    if isinstance(error, TimeoutError):
        return "It did not answer in time."
    text = str(getattr(error, "orig", None) or error) or type(error).__name__
    return text.splitlines()[0].rstrip(".") + "."
