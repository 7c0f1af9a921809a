"""Secrets at rest: sealed with AES-256-GCM, by a key that is not in the database.

A copy of the database alone gives no API key, no secret access key and no private key away. Whoever has
the key as well, or runs code as the server's user, reads everything.
"""

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventray_cluster.store.key_text import KEY_BYTES

NONCE_BYTES = 12
FORM = b"\x01"
"""The first byte of what is sealed: so far there is one way."""


class WrongKeyError(Exception):
    """What was sealed cannot be opened: with another key, for another record, or it was changed."""


class RecordCipher:
    """Seals records; each for its kind and its key, so that no row can stand in for another."""

    def __init__(self, encryption_key: bytes) -> None:
        self._aead = AESGCM(encryption_key)
        self.key_id = hashlib.blake2b(encryption_key, digest_size=16, person=b"eventray-key-id").digest()
        """Tells keys apart, and does not help to find one."""

    def seal(self, kind: str, key: str, body: bytes) -> bytes:
        """The body, for the database."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORM + nonce + self._aead.encrypt(nonce, body, _belonging(kind, key))

    def unseal(self, kind: str, key: str, sealed: bytes) -> bytes:
        """The body; raises `WrongKeyError`."""
        nonce, text = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if sealed[:1] != FORM:
                raise InvalidTag
            return self._aead.decrypt(nonce, text, _belonging(kind, key))
        except (InvalidTag, ValueError):
            raise WrongKeyError(f"the {kind} {key} cannot be decrypted") from None


def _belonging(kind: str, key: str) -> bytes:
    return f"{kind}\0{key}".encode()


def new_encryption_key() -> bytes:
    """A key that nobody knows."""
    return secrets.token_bytes(KEY_BYTES)
