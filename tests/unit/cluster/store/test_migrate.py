import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.engine import open_engine
from eventray_cluster.store.migrate import _config, migrate
from eventray_cluster.store.repository import DatabaseStore
from eventray_cluster.store.tables import Base


def test_the_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    with engine.begin() as connection:
        migrate(connection)
        migrate(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_every_step_can_be_taken_back(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    with engine.begin() as connection:
        migrate(connection)
        command.downgrade(_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        migrate(connection)
    engine.dispose()


def test_an_interrupted_migration_leaves_nothing(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    with engine.connect() as connection:
        connection.begin()
        migrate(connection)
        connection.close()  # as when the process dies: nothing was committed
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()


async def test_the_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    store = DatabaseStore(tmp_path)
    await store.open()
    await store.close()
    with sqlite3.connect(tmp_path / "eventray.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(DataDirectoryError, match=r"A later version of EventRay wrote .*9999"):
        await store.open()
