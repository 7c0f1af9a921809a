from typing import Any

import pytest
from tests.support.control_calls import EVENT_CONFIG, MODES, NOON, ControlCalls

from eventray_core.control.code import MAX_CODE_LENGTH, CodeError
from eventray_core.control.facts import Facts, Quotas

ARN = "arn:aws:appsync:us-east-1:000000000000"
IAM_AND_KEY = {**EVENT_CONFIG, "authProviders": [{"authType": "AWS_IAM"}, {"authType": "API_KEY"}]}


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def path(api_id: str, name: str = "default") -> str:
    return f"/v2/apis/{api_id}/channelNamespaces/{name}"


def version(calls: ControlCalls, api_id: str, name: str = "default") -> int:
    projection = calls.state.projection(api_id)
    assert projection
    return projection.namespaces[name].version


def test_a_namespace_with_nothing_but_a_name(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    namespace = calls.new_namespace(api_id)
    assert namespace == {
        "apiId": api_id,
        "name": "default",
        "tags": {},
        "channelNamespaceArn": f"{ARN}:apis/{api_id}/channelNamespace/default",
        "created": NOON,
        "lastModified": NOON,
        "handlerConfigs": {},
    }
    assert calls.executed.changed_apis == (api_id,)
    assert calls.good("GET", path(api_id)) == {"channelNamespace": namespace}


def test_everything_that_can_be_sent_comes_back(calls: ControlCalls) -> None:
    api_id = calls.new_api(eventConfig=IAM_AND_KEY)
    sent: dict[str, Any] = {
        "subscribeAuthModes": [{"authType": "API_KEY"}, {"authType": "AWS_IAM"}],
        "publishAuthModes": [{"authType": "AWS_IAM"}],
        "codeHandlers": "export function onPublish(ctx) { return ctx.events }",
        "tags": {"a": "b"},
        "handlerConfigs": {"onPublish": {"behavior": "CODE", "integration": {"dataSourceName": ""}}},
    }
    namespace = calls.new_namespace(api_id, **sent)
    assert {name: namespace[name] for name in sent} == sent
    listed = calls.good("GET", f"/v2/apis/{api_id}/channelNamespaces")["channelNamespaces"]
    del namespace["codeHandlers"]
    assert listed == [namespace]


@pytest.mark.parametrize("name", ["a", "A0", "a-b", "x" * 50, "x" + "-" * 48 + "y"])
def test_good_names(calls: ControlCalls, name: str) -> None:
    api_id = calls.new_api()
    calls.new_namespace(api_id, name)
    assert calls.good("GET", path(api_id, name))["channelNamespace"]["name"] == name


@pytest.mark.parametrize("name", [None, "", "-a", "a-", "a_b", "a/b", "x" * 51, "é", "a\n", "*", 1])
def test_bad_names(calls: ControlCalls, name: Any) -> None:
    api_id = calls.new_api()
    body = {"name": name}
    assert calls.refused("POST", f"/v2/apis/{api_id}/channelNamespaces", body) == "BadRequestException"


def test_names_have_case_and_are_unique_within_an_api(calls: ControlCalls) -> None:
    api_id, other = calls.new_api(), calls.new_api()
    calls.new_namespace(api_id, "news")
    calls.new_namespace(api_id, "News")
    calls.new_namespace(other, "news")
    reply = calls("POST", f"/v2/apis/{api_id}/channelNamespaces", {"name": "news"})
    assert (reply.status, reply.error) == (409, "ConflictException")
    assert calls.refused("GET", path(other, "News")) == "NotFoundException"


@pytest.mark.parametrize(
    "members",
    [
        {"publishAuthModes": [{"authType": "AWS_IAM"}]},
        {"subscribeAuthModes": [{"authType": "AWS_LAMBDA"}]},
        {"publishAuthModes": [{"authType": "X"}]},
        {"publishAuthModes": "API_KEY"},
        {"codeHandlers": ""},
        {"codeHandlers": "x" * (MAX_CODE_LENGTH + 1)},
        {"codeHandlers": 1},
        {"handlerConfigs": []},
    ],
)
def test_bad_settings(calls: ControlCalls, members: dict[str, Any]) -> None:
    api_id = calls.new_api()
    body = {"name": "x", **members}
    assert calls.refused("POST", f"/v2/apis/{api_id}/channelNamespaces", body) == "BadRequestException"
    calls.new_namespace(api_id)
    assert calls.refused("POST", path(api_id), members) == "BadRequestException"


def test_a_namespace_without_modes_or_with_empty_ones_has_the_apis(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    namespace = calls.new_namespace(api_id, publishAuthModes=[], subscribeAuthModes=[])
    assert not {"publishAuthModes", "subscribeAuthModes"} & set(namespace)
    projection = calls.state.projection(api_id)
    assert projection
    assert projection.namespaces["default"].publish_auth_modes is None


def test_an_update_replaces_all_but_the_tags(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    namespace = calls.new_namespace(
        api_id, publishAuthModes=MODES, subscribeAuthModes=MODES, codeHandlers="x", tags={"a": "b"}
    )
    calls.now += 5
    after = calls.good("POST", path(api_id), {"tags": {"c": "d"}, "name": "other"})["channelNamespace"]
    for member in ("publishAuthModes", "subscribeAuthModes", "codeHandlers"):
        del namespace[member]
    assert after == {**namespace, "lastModified": NOON + 5}
    assert calls.executed.changed_apis == (api_id,)


def test_versions_grow_with_each_change_and_over_a_deletion(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    seen = []
    for _ in range(2):
        calls.new_namespace(api_id)
        seen.append(version(calls, api_id))
        calls.good("POST", path(api_id), {"codeHandlers": "x"})
        seen.append(version(calls, api_id))
        calls.new_namespace(api_id, "other")
        calls.good("DELETE", path(api_id, "other"))
        calls.good("DELETE", path(api_id))
    assert seen == sorted(set(seen))


def test_a_deleted_namespace_is_gone(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    calls.new_namespace(api_id)
    assert calls.good("DELETE", path(api_id)) == {}
    assert calls.executed.changed_apis == (api_id,)
    for method in ("GET", "POST", "DELETE"):
        assert calls.refused(method, path(api_id), {}) == "NotFoundException"


def test_an_api_may_have_so_many_namespaces_and_not_more() -> None:
    calls = ControlCalls(Facts(quotas=Quotas(namespaces_per_api=2)))
    api_id, other = calls.new_api(), calls.new_api()
    for name in ("a", "b"):
        calls.new_namespace(api_id, name)
        calls.new_namespace(other, name)
    reply = calls("POST", f"/v2/apis/{api_id}/channelNamespaces", {"name": "c"})
    assert (reply.status, reply.error) == (402, "ServiceQuotaExceededException")


def test_faulty_code_is_refused_with_what_was_found(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    found = [CodeError(error_type="PARSER_ERROR", value="Unexpected token", line=1, column=8)]
    many = f"/v2/apis/{api_id}/channelNamespaces"
    reply = calls("POST", many, {"name": "default", "codeHandlers": "export ?"}, code_errors=found)
    assert (reply.error, reply.members["reason"]) == ("BadRequestException", "CODE_ERROR")
    assert reply.members["detail"]["codeErrors"][0]["location"] == {"line": 1, "column": 8, "span": -1}
    calls.new_namespace(api_id)
    reply = calls("POST", path(api_id), {"codeHandlers": "export ?"}, code_errors=found)
    assert reply.members["reason"] == "CODE_ERROR"


def test_code_is_found_by_its_hash_as_long_as_a_namespace_has_it(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    calls.new_namespace(api_id, codeHandlers="old")
    projection = calls.state.projection(api_id)
    assert projection
    old = projection.namespaces["default"].code_hash
    assert old
    assert calls.state.code(old) == "old"
    calls.good("POST", path(api_id), {"codeHandlers": "new"})
    assert calls.state.code(old) is None
