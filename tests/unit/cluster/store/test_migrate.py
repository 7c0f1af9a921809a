import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.engine import open_engine
from eventray_cluster.store.migrate import _config, migrate
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_cluster.store.tables import METADATA


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(DataPlace(tmp_path))
    yield engine
    await engine.dispose()


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))


def tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def take_back(connection: Connection) -> None:
    command.downgrade(_config(connection), "base")


async def test_the_migrations_make_what_the_models_say(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
        await connection.run_sync(migrate)
        assert await connection.run_sync(differences) == []


async def test_every_step_can_be_taken_back(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
        await connection.run_sync(take_back)
        assert await connection.run_sync(tables) == ["alembic_version"]
        await connection.run_sync(migrate)
        assert await connection.run_sync(differences) == []


async def test_an_interrupted_migration_leaves_nothing(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.begin()
        await connection.run_sync(migrate)
        await connection.close()  # as when the process dies: nothing was committed
    async with engine.begin() as connection:
        assert await connection.run_sync(tables) == []


async def test_the_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    store = DatabaseStore(DataPlace(tmp_path))
    await store.open()
    await store.close()
    with sqlite3.connect(tmp_path / "eventray.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(DataDirectoryError, match=r"A later version of EventRay wrote .*9999"):
        await store.open()
