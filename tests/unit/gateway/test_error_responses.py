"""Every error has a status, the nearest class's."""

import pytest

from eventray_core.errors import (
    BadRequestError,
    EventRayError,
    InvalidChannelError,
    LimitExceededError,
    RequestTooLargeError,
    ServiceUnavailableError,
    UnauthorizedError,
)
from eventray_gateway.error_responses import status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadRequestError("x"), 400),
        (InvalidChannelError("x"), 400),
        (RequestTooLargeError("x"), 413),
        (UnauthorizedError(), 401),
        (LimitExceededError("x"), 429),
        (ServiceUnavailableError(), 503),
        (EventRayError("x"), 500),
    ],
)
def test_statuses(error: EventRayError, status: int) -> None:
    assert status_of(error) == status
