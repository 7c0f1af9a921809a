import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore

BROUGHT = bytes(range(32))


async def opened_and_closed(place: DataPlace) -> list[object]:
    store = DatabaseStore(place)
    await store.open()
    try:
        return list(await store.records())
    finally:
        await store.close()


async def test_a_missing_key_is_not_replaced(tmp_path: Path) -> None:
    await opened_and_closed(DataPlace(tmp_path))
    (tmp_path / "encryption.key").unlink()
    with pytest.raises(
        DataDirectoryError, match=r"^The encryption key .*/encryption\.key is missing, .*--enc"
    ):
        await opened_and_closed(DataPlace(tmp_path))
    assert not (tmp_path / "encryption.key").exists()


async def test_a_wrong_key_is_told(tmp_path: Path) -> None:
    before = await opened_and_closed(DataPlace(tmp_path))
    with pytest.raises(
        DataDirectoryError, match=r"^The encryption key that was given is not the one that the"
    ):
        await opened_and_closed(DataPlace(tmp_path, encryption_key=BROUGHT))
    shutil.move(tmp_path / "encryption.key", tmp_path / "kept")
    await opened_and_closed(DataPlace(tmp_path / "other"))
    shutil.copy(tmp_path / "other" / "encryption.key", tmp_path)
    with pytest.raises(DataDirectoryError, match=r"^The encryption key .*/encryption\.key is not the one"):
        await opened_and_closed(DataPlace(tmp_path))
    shutil.move(tmp_path / "kept", tmp_path / "encryption.key")
    assert await opened_and_closed(DataPlace(tmp_path)) == before


async def test_a_key_that_is_given_needs_no_file(tmp_path: Path) -> None:
    place = DataPlace(tmp_path, encryption_key=BROUGHT)
    before = await opened_and_closed(place)
    assert not (tmp_path / "encryption.key").exists()
    assert await opened_and_closed(place) == before
    with pytest.raises(DataDirectoryError, match="is missing"):
        await opened_and_closed(replace(place, encryption_key=None))


async def test_a_row_with_anothers_body_is_told(tmp_path: Path) -> None:
    await opened_and_closed(DataPlace(tmp_path))
    with sqlite3.connect(tmp_path / "eventray.db") as database:
        database.execute("UPDATE records SET body = (SELECT body FROM records WHERE kind = 'access_key')"
                         " WHERE kind = 'api_key'")  # fmt: skip
    database.close()
    with pytest.raises(
        DataDirectoryError, match=r"holds what cannot be read: the api_key .* cannot be decrypted"
    ):
        await opened_and_closed(DataPlace(tmp_path))
