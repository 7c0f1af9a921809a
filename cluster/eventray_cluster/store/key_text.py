"""The encryption key as people and files have it; apart from the cipher, which takes longer to import."""

import base64
import binascii

KEY_BYTES = 32


def encode_encryption_key(key: bytes) -> str:
    """The key in base64."""
    return base64.b64encode(key).decode()


def decode_encryption_key(text: str) -> bytes:
    """Read a key, such as `openssl rand -base64 32` writes; raises `ValueError`, which does not repeat it."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("it must be 32 bytes in base64")
    return key
