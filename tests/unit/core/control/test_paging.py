from typing import Any

import pytest
from tests.support.control_calls import ControlCalls

QUERIES = ["", "26", "-1", "1.0", "x", "١", "1" * 20, " 1"]


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def test_pages_follow_one_another_without_loss_or_repetition(calls: ControlCalls) -> None:
    made = []
    for _ in range(7):
        made.append(calls.new_api())
        calls.now += 1
    listed, query = [], [("maxResults", "3")]
    while True:
        page: dict[str, Any] = calls.good("GET", "/v2/apis", query=query)
        listed.append([api["apiId"] for api in page["apis"]])
        if "nextToken" not in page:
            break
        query = [("maxResults", "3"), ("nextToken", page["nextToken"])]
    assert listed == [made[:3], made[3:6], made[6:]]


def test_a_page_without_a_size_has_25_entries_and_so_has_one_of_size_0(calls: ControlCalls) -> None:
    for _ in range(26):
        calls.new_api()
    for query in ([], [("maxResults", "0")], [("maxResults", "25")]):
        assert len(calls.good("GET", "/v2/apis", query=query)["apis"]) == 25


def test_deleting_what_was_listed_loses_nothing_of_the_rest(calls: ControlCalls) -> None:
    made = []
    for _ in range(4):
        made.append(calls.new_api())
        calls.now += 1
    first = calls.good("GET", "/v2/apis", query=[("maxResults", "2")])
    for api_id in made[:2]:
        calls.good("DELETE", f"/v2/apis/{api_id}")
    rest = calls.good("GET", "/v2/apis", query=[("nextToken", first["nextToken"])])
    assert [api["apiId"] for api in rest["apis"]] == made[2:]


@pytest.mark.parametrize("text", QUERIES)
def test_a_size_is_a_number_from_0_to_25(calls: ControlCalls, text: str) -> None:
    assert calls.refused("GET", "/v2/apis", query=[("maxResults", text)]) == "BadRequestException"


def test_a_token_that_was_tampered_with_is_refused(calls: ControlCalls) -> None:
    calls.new_api()
    calls.new_api()
    token = calls.good("GET", "/v2/apis", query=[("maxResults", "1")])["nextToken"]
    assert not any(character.isspace() for character in token)
    changed = [token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token) - 3)]
    for bad in ["", "x", "é", token[:-4], token + "AAAA", token * 2, *changed]:
        assert calls.refused("GET", "/v2/apis", query=[("nextToken", bad)]) == "BadRequestException"


def test_a_token_belongs_to_its_list(calls: ControlCalls) -> None:
    one, other = calls.new_api(), calls.new_api()
    for name in ("a", "b"):
        calls.new_namespace(one, name)
    path = f"/v2/apis/{one}/channelNamespaces"
    token = calls.good("GET", path, query=[("maxResults", "1")])["nextToken"]
    assert calls.good("GET", path, query=[("nextToken", token)])["channelNamespaces"][0]["name"] == "b"
    for elsewhere in (f"/v2/apis/{other}/channelNamespaces", f"/v1/apis/{one}/datasources", "/v2/apis"):
        assert calls.refused("GET", elsewhere, query=[("nextToken", token)]) == "BadRequestException"


def test_a_token_of_a_list_of_keys_does_not_hold_a_key(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    keys = [calls.good("POST", f"/v1/apis/{api_id}/apikeys", {})["apiKey"]["id"] for _ in range(2)]
    page = calls.good("GET", f"/v1/apis/{api_id}/apikeys", query=[("maxResults", "1")])
    assert page["apiKeys"][0]["id"] in keys
    calls.good("DELETE", f"/v1/apis/{api_id}/apikeys/{page['apiKeys'][0]['id']}")
    rest = calls.good("GET", f"/v1/apis/{api_id}/apikeys", query=[("nextToken", page["nextToken"])])
    assert {page["apiKeys"][0]["id"], rest["apiKeys"][0]["id"]} == set(keys)
