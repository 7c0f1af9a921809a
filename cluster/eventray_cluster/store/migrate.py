"""Brings the tables of any earlier version up to date."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from eventray_cluster.data_dir import DataDirectoryError

logger = logging.getLogger(__name__)

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Run the migrations that the database lacks, in the connection's transaction.

    Raises `DataDirectoryError` for a database that a later version wrote.
    """
    config = _config(connection)
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    head = scripts.get_current_head()
    if current == head:
        return
    if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
        raise DataDirectoryError(f"A later version of EventRay wrote the database (revision {current}).")
    logger.info("bringing the database from revision %s to %s", current or "none", head)
    command.upgrade(config, "head")


def check_revision(connection: Connection) -> None:
    """See that the database is this version's: raises `DataDirectoryError`."""
    current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    if current is None:
        raise DataDirectoryError("There are no data in the database.")
    if current != head:
        sentence = f"Another version of EventRay wrote the database (revision {current}, not {head})."
        raise DataDirectoryError(sentence)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
