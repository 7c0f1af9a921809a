"""Errors as HTTP answers: AppSync's body, and the header that its clients branch on."""

from eventray_core.errors import (
    BadRequestError,
    EventRayError,
    HandlerExecutionError,
    HandlerRejectedError,
    LimitExceededError,
    RequestTooLargeError,
    ServiceUnavailableError,
    UnauthorizedError,
)

STATUS: dict[type[EventRayError], int] = {
    RequestTooLargeError: 413,
    BadRequestError: 400,
    UnauthorizedError: 401,
    HandlerRejectedError: 403,
    # Not of the 500s, after which AWS's SDKs publish again (AWS's own status is unverified).
    HandlerExecutionError: 400,
    LimitExceededError: 429,
    ServiceUnavailableError: 503,
}
"""The statuses of specification section 4; those it marks unverified are our choice and stand here alone."""


def status_of(error: EventRayError) -> int:
    """The HTTP status of an error: that of its nearest class in the table."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500
