import json
import pickle

import pytest

from eventray_core.control import errors
from eventray_core.control.errors import ControlError, InvalidRequestError

CASES = [
    (errors.InvalidRequestError("m"), 400, "BadRequestException"),
    (errors.ApiKeyLimitExceededError("m"), 400, "ApiKeyLimitExceededException"),
    (errors.ApiKeyValidityOutOfBoundsError("m"), 400, "ApiKeyValidityOutOfBoundsException"),
    (errors.UnauthorizedCallError("m"), 401, "UnauthorizedException"),
    (errors.ServiceQuotaExceededError("m"), 402, "ServiceQuotaExceededException"),
    (errors.AccessDeniedError("m"), 403, "AccessDeniedException"),
    (errors.NotFoundError("m"), 404, "NotFoundException"),
    (errors.UnknownOperationError("m"), 404, "UnknownOperationException"),
    (errors.ConcurrentModificationError("m"), 409, "ConcurrentModificationException"),
    (errors.ConflictError("m"), 409, "ConflictException"),
    (errors.ControlUnavailableError("m"), 503, "ServiceUnavailableException"),
]


@pytest.mark.parametrize(("error", "status", "name"), CASES, ids=[name for _, _, name in CASES])
def test_an_error_is_an_answer_with_aws_name_and_status(error: ControlError, status: int, name: str) -> None:
    answer = error.answer()
    assert (answer.status, answer.error_type) == (status, name)
    assert json.loads(answer.body) == {"message": "m", "__type": name}
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.answer()) == (type(error), answer)


def test_every_error_of_the_module_is_in_the_table() -> None:
    known = {type(error) for error, _, _ in CASES}
    assert {e for e in ControlError.__subclasses__() if e.__module__ == errors.__name__} == known


def test_a_bad_request_may_say_what_is_wrong_with_the_code() -> None:
    detail = {"codeErrors": [{"errorType": "PARSER_ERROR"}]}
    error = pickle.loads(pickle.dumps(InvalidRequestError("m", "CODE_ERROR", detail)))
    members = json.loads(error.answer().body)
    assert (members["reason"], members["detail"]) == ("CODE_ERROR", detail)
