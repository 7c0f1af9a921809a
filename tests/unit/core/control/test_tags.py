from typing import Any

import pytest
from tests.support.control_calls import ControlCalls, tags_path

ACCOUNT = "arn:aws:appsync:us-east-1:000000000000"


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def arns(calls: ControlCalls) -> list[str]:
    """One of each kind that can have tags."""
    api_id = calls.new_api()
    namespace = calls.new_namespace(api_id)
    domain = calls.new_domain_name("*.Example.com")
    return [f"{ACCOUNT}:apis/{api_id}", namespace["channelNamespaceArn"], domain["domainNameArn"]]


def tag_keys(*names: str) -> list[tuple[str, str]]:
    return [("tagKeys", name) for name in names]


@pytest.mark.parametrize("index", range(3))
def test_tags_are_added_replaced_and_taken_away(calls: ControlCalls, index: int) -> None:
    path = tags_path(arns(calls)[index])
    assert calls.good("GET", path) == {"tags": {}}
    assert calls.good("POST", path, {"tags": {"a": "1", "b": "2", "c": ""}}) == {}
    assert calls.good("POST", path, {"tags": {"a": "3"}}) == {}
    assert calls.good("GET", path) == {"tags": {"a": "3", "b": "2", "c": ""}}
    assert calls.good("DELETE", path, query=tag_keys("a", "c", "none")) == {}
    assert calls.good("GET", path) == {"tags": {"b": "2"}}


def test_slashes_of_an_arn_may_come_decoded(calls: ControlCalls) -> None:
    for arn in arns(calls):
        calls.good("POST", f"/v1/tags/{arn}", {"tags": {"a": "1"}})
        assert calls.good("GET", tags_path(arn)) == {"tags": {"a": "1"}}


def test_tags_show_at_the_resource(calls: ControlCalls) -> None:
    api_arn, namespace_arn, domain_arn = arns(calls)
    for arn in (api_arn, namespace_arn, domain_arn):
        calls.good("POST", tags_path(arn), {"tags": {"x": arn[-1]}})
    api_id = api_arn.rpartition("/")[2]
    namespace = calls.good("GET", f"/v2/apis/{api_id}/channelNamespaces/default")["channelNamespace"]
    domain = calls.good("GET", "/v1/domainnames/*.example.com")["domainNameConfig"]
    tags = [calls.good("GET", f"/v2/apis/{api_id}")["api"]["tags"], namespace["tags"], domain["tags"]]
    assert tags == [{"x": arn[-1]} for arn in (api_arn, namespace_arn, domain_arn)]


@pytest.mark.parametrize(
    "arn",
    [
        f"{ACCOUNT}:apis/nosuch",
        f"{ACCOUNT}:apis/{{api}}/channelNamespace/nosuch",
        f"{ACCOUNT}:apis/{{api}}/channelNamespaces/default",
        f"{ACCOUNT}:apis/{{api}}/datasources/x",
        f"{ACCOUNT}:apis/",
        f"{ACCOUNT}:domainnames/nosuch.example.com",
        f"{ACCOUNT}:nothing",
        "arn:aws:appsync:us-east-2:000000000000:apis/{api}",
        "arn:aws:appsync:us-east-1:123456789012:apis/{api}",
        "arn:aws:s3:us-east-1:000000000000:apis/{api}",
    ],
)
def test_what_is_not_there_is_not_found(calls: ControlCalls, arn: str) -> None:
    api_id = arns(calls)[0].rpartition("/")[2]
    path = tags_path(arn.format(api=api_id))
    assert calls.refused("GET", path) == "NotFoundException"
    assert calls.refused("POST", path, {"tags": {"a": "b"}}) == "NotFoundException"
    assert calls.refused("DELETE", path, query=tag_keys("a")) == "NotFoundException"


@pytest.mark.parametrize("arn", ["x", "arn", "arn:aws:appsync:us-east-1:1:apis/x", "apis/x"])
def test_what_is_no_arn_is_a_bad_request(calls: ControlCalls, arn: str) -> None:
    assert calls.refused("GET", tags_path(arn)) == "BadRequestException"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tags": []},
        {"tags": {"aws:a": ""}},
        {"tags": {"a": 1}},
        {"tags": {f"k{i}": "" for i in range(51)}},
    ],
)
def test_bad_tags(calls: ControlCalls, body: Any) -> None:
    for arn in arns(calls):
        assert calls.refused("POST", tags_path(arn), body) == "BadRequestException"


@pytest.mark.parametrize("names", [(), ("",), ("aws:a",), ("x" * 129,), tuple(f"k{i}" for i in range(51))])
def test_bad_keys(calls: ControlCalls, names: tuple[str, ...]) -> None:
    for arn in arns(calls):
        assert calls.refused("DELETE", tags_path(arn), query=tag_keys(*names)) == "BadRequestException"


def test_a_resource_may_have_fifty_tags_and_not_more(calls: ControlCalls) -> None:
    path = tags_path(arns(calls)[0])
    calls.good("POST", path, {"tags": {f"k{i}": "" for i in range(50)}})
    calls.good("POST", path, {"tags": {"k1": "x"}})
    assert calls.refused("POST", path, {"tags": {"another": ""}}) == "BadRequestException"
