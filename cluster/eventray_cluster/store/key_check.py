"""Finds the key that the database's secrets are sealed with, and sees that it is that key."""

from sqlalchemy.ext.asyncio import AsyncConnection

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.cipher import RecordCipher
from eventray_cluster.store.key_file import KEY_FILE, make_key_file, read_key_file
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.rows import keep, read_kept

KEY_ID = "encryption_key_id"
"""Kept in the database: which key it is, not the key."""

MISSING = (
    "The encryption key {} is missing, without which the secrets in the database cannot be read: "
    "bring it back, from a backup for one, or give it with --encryption-key-file."
)
WRONG = "The encryption key {} is not the one that the secrets in the database were encrypted with."


async def find_key(connection: AsyncConnection, place: DataPlace) -> bytes:
    """The key for the database; the first time it is made, unless there is one already.

    Raises `DataDirectoryError` when the key is missing or another one.
    """
    path = place.data_dir / KEY_FILE
    known = await read_kept(connection, KEY_ID)
    key = place.encryption_key or read_key_file(path)
    if key is None and known is not None:
        raise DataDirectoryError(MISSING.format(path))
    key = key or make_key_file(path)
    key_id = RecordCipher(key).key_id
    if known is None:
        await keep(connection, KEY_ID, key_id)
    elif known != key_id:
        raise DataDirectoryError(WRONG.format("that was given" if place.encryption_key else path))
    return key
