"""What the server keeps of a deployed template, so that the next deployment knows what to change.

Nothing in it is a secret: of properties it has digests only, an API key is named by its digest.
"""

import enum
import hashlib
import json
from typing import Any

import msgspec

DIGEST_LENGTH = 32


class Status(enum.StrEnum):
    """How far the last command on the stack came."""

    CREATING = "CREATE_IN_PROGRESS"
    CREATED = "CREATE_COMPLETE"
    CREATE_FAILED = "CREATE_FAILED"
    UPDATING = "UPDATE_IN_PROGRESS"
    UPDATED = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    DELETING = "DELETE_IN_PROGRESS"
    DELETE_FAILED = "DELETE_FAILED"

    @property
    def in_progress(self) -> bool:
        """Whether a command is at work, or was cut off without being able to say so."""
        return self.value.endswith("_IN_PROGRESS")


class StoredResource(msgspec.Struct, rename="camel", kw_only=True):
    """A resource that the stack has made."""

    logical_id: str
    type: str
    identity: dict[str, str] = {}
    """What names it in requests."""
    digests: dict[str, str] = {}
    """Of each property's value."""
    tags: list[str] = []
    """The keys of the tags that the template gave it."""
    keep: bool = False
    """It stays on the server when it leaves the stack."""


class Stack(msgspec.Struct, rename="camel", kw_only=True):
    """The record of a stack."""

    name: str
    status: Status = Status.CREATING
    parameters: dict[str, str] = {}
    """What was given, without secrets."""
    values: dict[str, str] = {}
    """What was given in the place of resources that are not deployed."""
    resources: dict[str, StoredResource] = {}
    """By logical id."""
    leftovers: list[StoredResource] = []
    """What has been replaced or left the template, and is still to be deleted."""
    unfinished: list[StoredResource] = []
    """What a deployment was about to make; not empty after one was cut off."""


def digest(value: Any) -> str:
    """What stands for a property's value: equal for equal values."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text_digest(text)


def text_digest(text: str) -> str:
    """What stands for a text: the first half of its SHA-256 in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_LENGTH]


def encode(stack: Stack) -> str:
    """As the server keeps it."""
    return msgspec.json.encode(stack).decode()


def decode(body: str) -> Stack:
    """What `encode` wrote. Raises `msgspec.DecodeError`."""
    return msgspec.json.decode(body, type=Stack)
