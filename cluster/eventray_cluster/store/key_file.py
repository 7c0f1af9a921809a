"""The encryption key in the data directory."""

import os
from pathlib import Path

from eventray_cluster.data_dir import DataDirectoryError, private_file
from eventray_cluster.store.cipher import new_encryption_key
from eventray_cluster.store.key_text import decode_encryption_key, encode_encryption_key

KEY_FILE = "encryption.key"


def read_key_file(path: Path) -> bytes | None:
    """The key in the file, None if there is no file; raises `DataDirectoryError` if it cannot be used."""
    try:
        return decode_encryption_key(path.read_text("ascii"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataDirectoryError(f"The encryption key {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        sentence = f"The encryption key {path} cannot be used: it must be 32 bytes in base64."
        raise DataDirectoryError(sentence) from None


def make_key_file(path: Path) -> bytes:
    """Make a new key, on the disk before this returns, so that nothing is ever sealed with a lost one."""
    key = new_encryption_key()
    write_key_file(path, key)
    return key


def write_key_file(path: Path, key: bytes) -> None:
    """Write the key so that a reader finds the old file or the new one, and only its owner can read it."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = private_file(temporary)
    try:
        os.write(descriptor, f"{encode_encryption_key(key)}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """See that new names in the folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
