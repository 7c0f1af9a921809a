import re
from typing import Any

import pytest
from tests.support.control_calls import NOON, ControlCalls

from eventray_core.control.facts import Facts, Quotas

HOUR, DAY = 3600, 86_400


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def keys_path(api_id: str, key: str | None = None) -> str:
    return f"/v1/apis/{api_id}/apikeys" + (f"/{key}" if key else "")


def new_key(calls: ControlCalls, api_id: str, **members: Any) -> Any:
    return calls.good("POST", keys_path(api_id), members)["apiKey"]


def listed(calls: ControlCalls, api_id: str) -> list[Any]:
    keys: list[Any] = calls.good("GET", keys_path(api_id))["apiKeys"]
    return keys


def test_a_key_is_good_for_seven_days_rounded_down_to_the_hour(calls: ControlCalls) -> None:
    calls.now = NOON + 1234.5
    api_id = calls.new_api()
    key = new_key(calls, api_id)
    assert re.fullmatch(r"da2-[a-z2-7]{26}", key["id"])
    expires = NOON + 7 * DAY
    assert key == {"id": key["id"], "expires": expires, "deletes": expires + 60 * DAY}
    assert calls.executed.changed_apis == (api_id,)
    assert listed(calls, api_id) == [key]


def test_a_description_comes_back_even_when_it_is_empty(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    assert new_key(calls, api_id, description="web")["description"] == "web"
    assert new_key(calls, api_id, description="")["description"] == ""


@pytest.mark.parametrize(
    ("after_now", "rounded"),
    [
        (DAY, DAY),
        (DAY + HOUR - 1, DAY),
        (2 * DAY + 1, 2 * DAY),
        (365 * DAY, 365 * DAY),
        (365 * DAY + HOUR - 1, 365 * DAY),
    ],
)
@pytest.mark.parametrize("minutes", [0, 59])
def test_expiry_is_rounded_down_to_the_hour(
    calls: ControlCalls, after_now: int, rounded: int, minutes: int
) -> None:
    calls.now = NOON + 60 * minutes
    api_id = calls.new_api()
    key = new_key(calls, api_id, expires=int(NOON) + after_now)
    assert key["expires"] == NOON + rounded
    update = calls.good("POST", keys_path(api_id, key["id"]), {"expires": int(NOON) + after_now})
    assert update["apiKey"] == key


@pytest.mark.parametrize("after_now", [DAY - 1, 0, -DAY, 365 * DAY + HOUR, -int(NOON), -(2**62), 2**62])
def test_expiry_out_of_bounds(calls: ControlCalls, after_now: int) -> None:
    api_id = calls.new_api()
    body = {"expires": int(NOON) + after_now}
    assert calls.refused("POST", keys_path(api_id), body) == "ApiKeyValidityOutOfBoundsException"
    key = new_key(calls, api_id)
    assert calls.refused("POST", keys_path(api_id, key["id"]), body) == "ApiKeyValidityOutOfBoundsException"


@pytest.mark.parametrize(
    "body", [{"expires": "x"}, {"expires": 2**64}, {"expires": 1.5}, {"description": 1}, []]
)
def test_bad_values(calls: ControlCalls, body: Any) -> None:
    api_id = calls.new_api()
    assert calls.refused("POST", keys_path(api_id), body) == "BadRequestException"


def test_an_expired_key_stays_listed_and_can_be_revived_until_it_is_deleted(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    key = new_key(calls, api_id, description="web")
    calls.now = float(key["deletes"] - 1)
    assert listed(calls, api_id) == [key]
    expires = int(calls.now) + 2 * DAY
    revived = calls.good("POST", keys_path(api_id, key["id"]), {"expires": expires})["apiKey"]
    rounded = expires // HOUR * HOUR
    assert revived == {**key, "expires": rounded, "deletes": rounded + 60 * DAY}
    projection = calls.state.projection(api_id)
    assert projection
    assert projection.api_keys[key["id"]].expires == rounded


def test_a_key_is_gone_when_its_time_to_be_deleted_has_come(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    key = new_key(calls, api_id)
    calls.now = float(key["deletes"])
    assert listed(calls, api_id) == []
    for method in ("POST", "DELETE"):
        assert calls.refused(method, keys_path(api_id, key["id"]), {}) == "NotFoundException"
    new_key(calls, api_id)
    projection = calls.state.projection(api_id)
    assert projection
    assert key["id"] not in projection.api_keys


def test_what_an_update_does_not_name_stays(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    key = new_key(calls, api_id, description="web")
    path = keys_path(api_id, key["id"])
    assert calls.good("POST", path, {})["apiKey"] == key
    assert calls.good("POST", path, {"description": ""})["apiKey"] == {**key, "description": ""}


def test_a_deleted_key_is_gone(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    key, other = new_key(calls, api_id), new_key(calls, api_id)
    assert calls.good("DELETE", keys_path(api_id, key["id"])) == {}
    assert calls.executed.changed_apis == (api_id,)
    assert listed(calls, api_id) == [other]
    projection = calls.state.projection(api_id)
    assert projection
    assert set(projection.api_keys) == {other["id"]}


def test_another_apis_key_is_not_found(calls: ControlCalls) -> None:
    api_id, other = calls.new_api(), calls.new_api()
    key = new_key(calls, api_id)
    for unknown in (key["id"], "da2-", "x", "%F0%9F%98%80"):
        assert calls.refused("DELETE", keys_path(other, unknown)) == "NotFoundException"
    reply = calls("DELETE", keys_path(other, key["id"]))
    assert key["id"] not in reply.message


def test_an_api_may_have_so_many_keys_and_not_more() -> None:
    calls = ControlCalls(Facts(quotas=Quotas(api_keys_per_api=2)))
    api_id = calls.new_api()
    first = new_key(calls, api_id)
    new_key(calls, api_id)
    reply = calls("POST", keys_path(api_id), {})
    assert (reply.status, reply.error) == (400, "ApiKeyLimitExceededException")
    calls.good("DELETE", keys_path(api_id, first["id"]))
    new_key(calls, api_id)
    calls.now += 67 * DAY + HOUR
    new_key(calls, api_id)
