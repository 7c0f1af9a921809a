"""Bodies of answers over HTTP."""

import orjson

from eventray_core.event import AcceptedEvents


def encode_published(accepted: AcceptedEvents) -> bytes:
    """The body of a 200: both lists always, as clients require."""
    failed = [
        {"identifier": e.id, "index": e.index, "code": e.code, "message": e.message} for e in accepted.failed
    ]
    successful = [{"identifier": event.id, "index": event.index} for event in accepted.events]
    return orjson.dumps({"failed": failed, "successful": successful})


def encode_error(error_type: str, message: str | None) -> bytes:
    """The body of every other status."""
    entry = {"errorType": error_type} if message is None else {"errorType": error_type, "message": message}
    return orjson.dumps({"errors": [entry]})
