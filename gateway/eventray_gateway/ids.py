"""Ids that the server gives."""

import uuid


def new_id() -> str:
    """A random UUID: an event's `identifier`, or a request's id."""
    return str(uuid.uuid4())
