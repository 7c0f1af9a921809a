"""Bodies of answers over HTTP."""

from typing import Any

import orjson

from eventray_core.event import AcceptedEvents


def published_fields(accepted: AcceptedEvents) -> dict[str, Any]:
    """What an answer to a publish says, on both transports: always both lists, as clients require."""
    return {
        "failed": [
            {"identifier": failed.id, "index": failed.index, "code": failed.code, "message": failed.message}
            for failed in accepted.failed
        ],
        "successful": [{"identifier": event.id, "index": event.index} for event in accepted.events],
    }


def encode_published(accepted: AcceptedEvents) -> bytes:
    """The body of a 200."""
    return orjson.dumps(published_fields(accepted))


def encode_error(error_type: str, message: str | None) -> bytes:
    """The body of every other status."""
    entry = {"errorType": error_type} if message is None else {"errorType": error_type, "message": message}
    return orjson.dumps({"errors": [entry]})
