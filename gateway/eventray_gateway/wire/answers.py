"""Error answers that the edge gives by itself, in AppSync's form (data-plane specification, section 4)."""

import uuid
from email.utils import formatdate
from http import HTTPStatus

from eventray_core.publish.response import encode_error
from eventray_gateway.wire.edge import Rejection

EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType"
"""Without this list a browser hides the header that clients branch on."""


def new_request_id() -> str:
    """An id for `x-amzn-RequestId`."""
    return str(uuid.uuid4())


def error_answer(rejection: Rejection, request_id: str) -> bytes:
    """The whole answer; the connection must be closed after it."""
    body = encode_error(rejection.error_type, rejection.message)
    fields = error_fields(rejection, request_id, len(body))
    lines = [f"HTTP/1.1 {rejection.status} {_phrase(rejection.status)}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def error_fields(rejection: Rejection, request_id: str, length: int) -> dict[str, str]:
    """The answer's headers."""
    return {
        "date": formatdate(usegmt=True),
        "content-type": "application/json; charset=UTF-8",
        "content-length": str(length),
        "connection": "close",
        "x-amzn-RequestId": request_id,
        "x-amzn-ErrorType": rejection.error_type,
        "access-control-allow-origin": "*",
        "access-control-expose-headers": EXPOSED,
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
