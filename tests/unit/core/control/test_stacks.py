from typing import Any

import pytest
from tests.support.control_calls import NOON, ControlCalls

from eventray_core.control.stacks import MAX_BODY_LENGTH

PATH = "/eventray/stacks/demo"


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def put(body: str, version: int) -> dict[str, Any]:
    return {"body": body, "expectedVersion": version}


def test_a_stack_is_kept_as_it_was_put(calls: ControlCalls) -> None:
    stack = calls.good("POST", PATH, put('{"x": null}', 0))["stack"]
    assert stack == {"name": "demo", "version": 1, "created": NOON, "lastModified": NOON}
    assert calls.good("GET", PATH) == {"stack": {**stack, "body": '{"x": null}'}}
    assert calls.good("GET", "/eventray/stacks") == {"stacks": [stack]}
    calls.now += 5
    after = calls.good("POST", PATH, put("", 1))["stack"]
    assert after == {**stack, "version": 2, "lastModified": NOON + 5}
    assert calls.good("GET", PATH)["stack"]["body"] == ""
    assert (calls.executed.changed_apis, calls.executed.removed_apis) == ((), ())


@pytest.mark.parametrize("version", [0, 2])
def test_who_has_not_seen_the_latest_version_changes_nothing(calls: ControlCalls, version: int) -> None:
    assert calls.refused("POST", PATH, put("x", version or 1)) == "ConcurrentModificationException"
    calls.good("POST", PATH, put("mine", 0))
    assert calls.refused("POST", PATH, put("x", version)) == "ConcurrentModificationException"
    query = [("expectedVersion", str(version))]
    assert calls.refused("DELETE", PATH, query=query) == "ConcurrentModificationException"
    assert calls.good("GET", PATH)["stack"]["body"] == "mine"


@pytest.mark.parametrize("query", [[], [("expectedVersion", "1")]])
def test_a_deleted_stack_is_gone(calls: ControlCalls, query: list[tuple[str, str]]) -> None:
    calls.good("POST", PATH, put("x", 0))
    assert calls.good("DELETE", PATH, query=query) == {}
    for method in ("GET", "DELETE"):
        assert calls.refused(method, PATH) == "NotFoundException"
    assert calls.good("POST", PATH, put("x", 0))["stack"]["version"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"body": "x"},
        {"expectedVersion": 0},
        put("x" * (MAX_BODY_LENGTH + 1), 0),
        {"body": {}, "expectedVersion": 0},
        {"body": "x", "expectedVersion": -1},
        {"body": "x", "expectedVersion": "0"},
    ],
    ids=range(7),
)
def test_bad_stacks(calls: ControlCalls, body: Any) -> None:
    assert calls.refused("POST", PATH, body) == "BadRequestException"


@pytest.mark.parametrize("name", ["1a", "a_b", "a.b", "%C3%A9", "x" * 129, "a%2Fb"])
def test_bad_names(calls: ControlCalls, name: str) -> None:
    assert calls.refused("POST", f"/eventray/stacks/{name}", put("x", 0)) == "BadRequestException"


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "9" * 30])
def test_bad_versions(calls: ControlCalls, version: str) -> None:
    calls.good("POST", PATH, put("x", 0))
    assert calls.refused("DELETE", PATH, query=[("expectedVersion", version)]) == "BadRequestException"
