from typing import Any

import pytest
from tests.support.control_calls import ControlCalls

PATH = "/v1/dataplane-evaluatecode"
GOOD: dict[str, Any] = {
    "runtime": {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
    "code": "export function request(ctx) {}",
    "context": "{}",
    "function": "request",
}


def test_a_good_request_is_told_that_nothing_evaluates_it() -> None:
    reply = ControlCalls()("POST", PATH, GOOD)
    assert reply.error == "BadRequestException"
    assert "does not evaluate code" in reply.message


@pytest.mark.parametrize(
    "members",
    [
        {"runtime": None},
        {"runtime": {"name": "VTL", "runtimeVersion": "1.0.0"}},
        {"runtime": {"name": "APPSYNC_JS", "runtimeVersion": "2.0.0"}},
        {"code": ""},
        {"code": "x" * 32_769},
        {"context": "x"},
        {"context": "x" * 28_001},
        {"context": {}},
        {"function": 1},
    ],
)
def test_a_bad_request_is_told_so(members: dict[str, Any]) -> None:
    reply = ControlCalls()("POST", PATH, {**GOOD, **members})
    assert reply.error == "BadRequestException"
    assert "validation error" in reply.message
