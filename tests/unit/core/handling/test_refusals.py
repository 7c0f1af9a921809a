import pytest

from eventray_core.errors import (
    EventRayError,
    HandlerExecutionError,
    HandlerRejectedError,
    HandlerUnauthorizedError,
)
from eventray_core.handling.refusals import error_of, refusal_of


@pytest.mark.parametrize(
    "error",
    [
        HandlerExecutionError(),
        HandlerRejectedError("no"),
        HandlerRejectedError("no", "BadThing"),
        HandlerUnauthorizedError(),
    ],
)
def test_a_handlers_error_arrives_as_it_was(error: EventRayError) -> None:
    arrived = error_of(refusal_of(error))
    assert (type(arrived), arrived.args, arrived.error_type) == (type(error), error.args, error.error_type)


def test_any_other_error_tells_the_caller_nothing() -> None:
    assert isinstance(error_of(refusal_of(EventRayError("secret"))), HandlerExecutionError)
