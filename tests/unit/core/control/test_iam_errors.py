import copy
import json

import pytest

from eventray_core.control.errors import ControlError
from eventray_core.control.iam_errors import (
    DeleteConflictError,
    EntityAlreadyExistsError,
    IamLimitExceededError,
    LastAdministratorError,
    MalformedPolicyDocumentError,
    NoSuchEntityError,
)

ERRORS: list[tuple[ControlError, int, str]] = [
    (NoSuchEntityError("x"), 404, "NoSuchEntityException"),
    (EntityAlreadyExistsError("x"), 409, "EntityAlreadyExistsException"),
    (IamLimitExceededError("x"), 409, "LimitExceededException"),
    (DeleteConflictError("x"), 409, "DeleteConflictException"),
    (LastAdministratorError(), 409, "DeleteConflictException"),
    (MalformedPolicyDocumentError("x"), 400, "MalformedPolicyDocumentException"),
]


@pytest.mark.parametrize(("error", "status", "error_type"), ERRORS)
def test_errors_have_the_names_and_statuses_of_aws(error: ControlError, status: int, error_type: str) -> None:
    answer = error.answer()
    assert (answer.status, answer.error_type) == (status, error_type)
    assert json.loads(answer.body) == {"message": error.message, "__type": error_type}


@pytest.mark.parametrize("error", [error for error, *_ in ERRORS])
def test_errors_travel_between_processes(error: ControlError) -> None:
    again = copy.copy(error)
    assert (type(again), again.message) == (type(error), error.message)
