import pickle
from collections.abc import Iterator

import pytest

from eventray_core.errors import (
    BadRequestError,
    EventRayError,
    HandlerExecutionError,
    HandlerRejectedError,
    HandlerUnauthorizedError,
    InvalidChannelError,
    InvalidEventsError,
    LimitExceededError,
    RequestTooLargeError,
    ServiceUnavailableError,
    UnauthorizedError,
)
from eventray_core.event import TooManyEventsError

SAMPLES: list[tuple[EventRayError, str, str | None]] = [
    (EventRayError(), "InternalFailureException", None),
    (BadRequestError("Request body is empty."), "BadRequestException", "Request body is empty."),
    (InvalidChannelError("/a b"), "BadRequestException", "Invalid Channel Format"),
    (InvalidEventsError("no"), "BadRequestException", "no"),
    (TooManyEventsError(5), "BadRequestException", "Input exceeded 5 event limit"),
    (RequestTooLargeError("too large"), "BadRequestException", "too large"),
    (UnauthorizedError(), "UnauthorizedException", None),
    (UnauthorizedError("no key"), "UnauthorizedException", "no key"),
    (HandlerUnauthorizedError(), "UnauthorizedException", "You are not authorized to make this call."),
    (HandlerRejectedError("bad"), "HandlerError", "bad"),
    (HandlerRejectedError("bad", "BadThing"), "BadThing", "bad"),
    (HandlerExecutionError(), "HandlerExecutionError", "Unable to process request"),
    (LimitExceededError("Rate limit exceeded"), "LimitExceededError", "Rate limit exceeded"),
    (ServiceUnavailableError("later"), "ServiceUnavailableException", "later"),
]


def _core_errors(base: type[EventRayError] = EventRayError) -> Iterator[type[EventRayError]]:
    """Those of the management API have tables of their own."""
    if base.__module__.startswith("eventray_core.control"):
        return
    if base.__module__.startswith("eventray_core"):
        yield base
    for kind in base.__subclasses__():
        yield from _core_errors(kind)


def test_every_error_of_the_core_is_in_the_table() -> None:
    assert {type(error) for error, _, _ in SAMPLES} == set(_core_errors())


@pytest.mark.parametrize(("error", "error_type", "message"), SAMPLES, ids=lambda value: type(value).__name__)
def test_an_error_knows_its_wire_name_and_its_sentence(
    error: EventRayError, error_type: str, message: str | None
) -> None:
    assert (error.error_type, error.message) == (error_type, message)


@pytest.mark.parametrize("error", [sample[0] for sample in SAMPLES], ids=lambda error: type(error).__name__)
def test_an_error_travels_between_actors(error: EventRayError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert (arrived.args, vars(arrived), arrived.message) == (error.args, vars(error), error.message)


def test_an_unavailable_service_says_that_one_may_try_again() -> None:
    assert "may be retried" in str(ServiceUnavailableError().message)
