"""Answers of the management API as HTTP, and what browsers must be told about them."""

from eventray_core.control.calls import Answer
from eventray_core.control.errors import ControlError
from eventray_core.iam import Refusal
from eventray_gateway.asgi import Headers

ALLOWED_METHODS = b"GET,POST,DELETE"
ALLOWED_HEADERS = (
    b"authorization,content-type,x-amz-date,x-amz-content-sha256,x-amz-security-token,x-amz-user-agent,"
    b"amz-sdk-invocation-id,amz-sdk-request"
)
_PREFLIGHT_S = b"7200"
_COMMON: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-amzn-errortype,x-amzn-requestid"),
]


class RefusedCallError(ControlError):
    """A call that is refused before it reaches an operation, in the words of an AWS front end."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message, status, error_type)
        self.status = status
        self.error_type = error_type

    @property
    def message(self) -> str:
        """The sentence."""
        return str(self.args[0])


def refused(refusal: Refusal) -> Answer:
    """The answer to who is not known, or may not."""
    return RefusedCallError(refusal.status, refusal.error_type, refusal.message).answer()


def headers_of(answer: Answer) -> Headers:
    """What stands above the body."""
    headers = [(b"content-type", b"application/json"), *_COMMON]
    if answer.error_type is not None:
        headers.append((b"x-amzn-errortype", answer.error_type.encode()))
    return headers


def preflight() -> Headers:
    """What a browser asks before a call from another origin: signatures need no cookies, so any may call."""
    return [
        *_COMMON,
        (b"access-control-allow-methods", ALLOWED_METHODS),
        (b"access-control-allow-headers", ALLOWED_HEADERS),
        (b"access-control-max-age", _PREFLIGHT_S),
    ]
