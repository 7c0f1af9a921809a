"""Ids and secrets, made of random bytes that the caller supplies."""

import base64
import hashlib
from collections.abc import Callable

RandomBytes = Callable[[int], bytes]
"""So many bytes that nobody can guess, as `os.urandom` gives them."""

ID_BYTES = 16


def new_id(random_bytes: RandomBytes) -> str:
    """26 lower-case letters and digits, as AppSync's ids, DNS names and keys have them."""
    return base64.b32encode(random_bytes(ID_BYTES)).decode().rstrip("=").lower()


def secret_digest(secret: str) -> str:
    """What stands for a secret in a record's key; nobody finds the secret from it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:32]
