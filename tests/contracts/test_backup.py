"""A backup holds everything, from data in use, and makes the same data elsewhere, in either database."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.backup import Backup, decode, encode, read_backup, restore_backup
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.control.records import Kind, Put
from eventray_core.ports import DataLockedError, StoreUnavailableError
from tests.support.postgresql import PostgreSQL

NOW = 1_700_000_000
GIVEN_KEY = bytes(range(32))


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, str], DataPlace]:
    def make(engine: str, name: str) -> DataPlace:
        if engine == "sqlite":
            return DataPlace(tmp_path / name)
        server: PostgreSQL = request.getfixturevalue("database_server")
        return DataPlace(tmp_path / name, server.new_database())

    return make


async def filled(place: DataPlace) -> DatabaseStore:
    """A store in use, with a change and an authority."""
    store = DatabaseStore(place)
    await store.open()
    await store.next_term()
    version, _ = await store.records()
    await store.write(version + 1, [Put(Kind.CERTIFICATE, "c", b"a private key")])
    authority = place.data_dir / "tls" / "ca.pem"
    authority.parent.mkdir()
    authority.write_text("an authority")
    return store


async def found_in(place: DataPlace) -> tuple[object, int]:
    store = DatabaseStore(place)
    await store.open()
    try:
        return await store.records(), await store.next_term()
    finally:
        await store.close()


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
@pytest.mark.parametrize("here", ["sqlite", "postgresql"])
async def test_what_was_backed_up_in_use_is_found_elsewhere(
    new_place: Callable[[str, str], DataPlace], here: str, there: str
) -> None:
    old, new = new_place(here, "old"), new_place(there, "new")
    store = await filled(old)
    records = await store.records()
    backup = decode(encode(await read_backup(old)))
    version, _ = records
    await store.write(version + 1, [Put(Kind.STACK, "later", b"")])
    await store.close()
    await restore_backup(backup, new, NOW)
    assert await found_in(new) == (records, backup.term + 1)
    assert (new.data_dir / "tls" / "ca.pem").read_text() == "an authority"
    keys = [(place.data_dir / "encryption.key").read_text() for place in (old, new)]
    assert keys[0] == keys[1]


async def test_a_restore_may_change_the_encryption_key(new_place: Callable[[str, str], DataPlace]) -> None:
    old, new = new_place("sqlite", "old"), replace(new_place("sqlite", "new"), encryption_key=GIVEN_KEY)
    store = await filled(old)
    records = await store.records()
    await store.close()
    await restore_backup(await read_backup(old), new, NOW)
    assert not (new.data_dir / "encryption.key").exists()
    assert (await found_in(new))[0] == records


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_data_that_are_there_stay(new_place: Callable[[str, str], DataPlace], engine: str) -> None:
    old, new = new_place("sqlite", "old"), new_place(engine, "new")
    store = await filled(old)
    await store.close()
    backup = await read_backup(old)
    other = await filled(new)
    before = await other.records()
    with pytest.raises((DataLockedError, DataDirectoryError)):
        await restore_backup(backup, new, NOW)
    await other.close()
    with pytest.raises(
        DataDirectoryError, match=r"^There is .* already: restore into an empty data directory\.$"
    ):
        await restore_backup(backup, new, NOW)
    if engine == "postgresql":
        elsewhere = replace(new, data_dir=new.data_dir / "elsewhere")
        with pytest.raises(DataDirectoryError, match="There are data in the database already"):
            await restore_backup(backup, elsewhere, NOW)
        assert sorted(os.listdir(elsewhere.data_dir)) == ["directory.lock", "serve.lock", "tls"]
        assert os.listdir(elsewhere.data_dir / "tls") == []
    assert (await found_in(new))[0] == before


async def test_a_restore_that_fails_leaves_nothing_and_may_be_repeated(
    new_place: Callable[[str, str], DataPlace],
) -> None:
    old, new = new_place("sqlite", "old"), new_place("sqlite", "new")
    store = await filled(old)
    await store.close()
    backup = await read_backup(old)
    unknown = msgspec.structs.replace(backup, records=[*backup.records, ("planet", "earth", b"")])
    with pytest.raises(ValueError, match="planet"):
        await restore_backup(unknown, new, NOW)
    assert not (new.data_dir / "encryption.key").exists()
    assert not (new.data_dir / "eventray.db").exists()
    await restore_backup(backup, new, NOW)
    assert (await found_in(new))[0] == (await found_in(old))[0]


async def test_there_must_be_something_to_back_up(
    new_place: Callable[[str, str], DataPlace], tmp_path: Path
) -> None:
    with pytest.raises(DataDirectoryError, match=r"^There are no data in "):
        await read_backup(new_place("sqlite", "none"))
    assert not (tmp_path / "none").exists()
    with pytest.raises(DataDirectoryError, match="There are no data in the database"):
        await read_backup(new_place("postgresql", "none"))
    with pytest.raises(StoreUnavailableError):
        await read_backup(DataPlace(tmp_path, "postgresql://nobody@127.0.0.1:1/none"))


async def test_the_data_of_another_version_are_not_backed_up(
    new_place: Callable[[str, str], DataPlace],
) -> None:
    place = new_place("sqlite", "old")
    store = await filled(place)
    await store.close()
    with sqlite3.connect(place.data_dir / "eventray.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    database.close()
    with pytest.raises(
        DataDirectoryError, match=r"Another version of EventRay wrote .* \(revision 0000, not"
    ):
        await read_backup(place)


async def test_a_backup_without_the_key_says_so(new_place: Callable[[str, str], DataPlace]) -> None:
    place = new_place("sqlite", "old")
    store = await filled(place)
    await store.close()
    shutil.move(place.data_dir / "encryption.key", place.data_dir / "moved")
    with pytest.raises(DataDirectoryError, match=r"encryption key .* is missing"):
        await read_backup(place)


@pytest.mark.parametrize("content", [b"", b"x", encode(Backup(1, 1, [], b"", {}))[:-3]])
def test_what_is_no_backup_is_refused(content: bytes) -> None:
    with pytest.raises(DataDirectoryError, match="does not know"):
        decode(content)
