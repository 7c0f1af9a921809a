"""A file that only a passphrase opens: scrypt makes the key, AES-256-GCM seals the content.

header  13 bytes that say what it is, then the exponent of scrypt's N (1 byte) and the salt (16 bytes)
nonce   12 bytes
content sealed, with the header as associated data
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"EventRay\0bak\1"
SALT_BYTES = 16
NONCE_BYTES = 12
HEADER_BYTES = len(MAGIC) + 1 + SALT_BYTES

COST = 17
"""N = 2^17, with r = 8 and p = 1: 128 MB of memory, and about half a second, for every guess."""

MOST_COST = 20
"""A file that asks for more memory than this was made to do harm."""


class SealedFileError(Exception):
    """The file cannot be opened; the text is a sentence without its subject."""


def seal(content: bytes, passphrase: str, cost: int = COST) -> bytes:
    """What the file is to hold."""
    header = MAGIC + bytes([cost]) + secrets.token_bytes(SALT_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return header + nonce + _aead(header, passphrase).encrypt(nonce, content, header)


def unseal(sealed: bytes, passphrase: str) -> bytes:
    """The content; raises `SealedFileError`."""
    header, rest = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
    if not header.startswith(MAGIC) or len(header) < HEADER_BYTES or header[len(MAGIC)] > MOST_COST:
        raise SealedFileError("is not a backup that this version of EventRay knows.")
    try:
        return _aead(header, passphrase).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], header)
    except (InvalidTag, ValueError):
        raise SealedFileError(
            "cannot be opened: the passphrase is another one, or the file is damaged."
        ) from None


def _aead(header: bytes, passphrase: str) -> AESGCM:
    cost, salt = header[len(MAGIC)], header[len(MAGIC) + 1 :]
    scrypt = Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1)
    return AESGCM(scrypt.derive(passphrase.encode()))
