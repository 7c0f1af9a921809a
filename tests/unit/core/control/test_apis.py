import re
from typing import Any

import pytest
from tests.support.control_calls import EVENT_CONFIG, NOON, ControlCalls, tags_path

from eventray_core.control.facts import Facts, Quotas


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def test_a_new_api_is_answered_in_full(calls: ControlCalls) -> None:
    calls.now = NOON + 0.12345
    body = {
        "name": "my api",
        "ownerContact": "me@example.com",
        "tags": {"a": "b"},
        "eventConfig": EVENT_CONFIG,
    }
    api = calls.good("POST", "/v2/apis", body)["api"]
    prefix = api["dns"]["HTTP"].partition(".")[0]
    assert re.fullmatch(r"[a-z2-7]{26}", api["apiId"])
    assert re.fullmatch(r"[a-z2-7]{26}", prefix)
    assert api == {
        "apiId": api["apiId"],
        "name": "my api",
        "ownerContact": "me@example.com",
        "tags": {"a": "b"},
        "dns": {
            "HTTP": f"{prefix}.appsync-api.us-east-1.localhost:8443",
            "REALTIME": f"{prefix}.appsync-realtime-api.us-east-1.localhost:8443",
        },
        "apiArn": f"arn:aws:appsync:us-east-1:000000000000:apis/{api['apiId']}",
        "created": NOON + 0.123,
        "xrayEnabled": False,
        "eventConfig": EVENT_CONFIG,
    }
    assert prefix != api["apiId"]
    assert calls.executed.changed_apis == (api["apiId"],)
    assert calls.good("GET", f"/v2/apis/{api['apiId']}") == {"api": api}
    assert calls.good("GET", "/v2/apis") == {"apis": [api]}


def test_no_namespace_and_no_key_come_with_an_api(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    assert calls.good("GET", f"/v2/apis/{api_id}/channelNamespaces") == {"channelNamespaces": []}
    assert calls.good("GET", f"/v1/apis/{api_id}/apikeys") == {"apiKeys": []}


def test_what_was_not_sent_is_not_answered(calls: ControlCalls) -> None:
    api = calls.good("GET", f"/v2/apis/{calls.new_api()}")["api"]
    assert not {"ownerContact", "wafWebAclArn"} & set(api)
    assert api["tags"] == {}


@pytest.mark.parametrize("name", ["x", "x" * 50, "A-z_0 9", " "])
def test_good_names(calls: ControlCalls, name: str) -> None:
    calls.new_api(name=name)
    calls.new_api(name=name)
    assert [api["name"] for api in calls.good("GET", "/v2/apis")["apis"]] == [name, name]


@pytest.mark.parametrize("name", [None, "", "x" * 51, "a.b", "é", "x\n", 1, ["x"], {}])
def test_bad_names(calls: ControlCalls, name: Any) -> None:
    api_id = calls.new_api()
    for path in ("/v2/apis", f"/v2/apis/{api_id}"):
        body = {"name": name, "eventConfig": EVENT_CONFIG}
        assert calls.refused("POST", path, body) == "BadRequestException"


@pytest.mark.parametrize(
    "tags",
    [{"": "v"}, {"aws:x": "v"}, {"k" * 129: "v"}, {"k": "v" * 257}, {"k": 1}, {"k": ">"}, [], "x", {"é": ""}],
)
def test_bad_tags(calls: ControlCalls, tags: Any) -> None:
    body = {"name": "x", "eventConfig": EVENT_CONFIG, "tags": tags}
    assert calls.refused("POST", "/v2/apis", body) == "BadRequestException"


def test_an_update_replaces_all_but_the_tags(calls: ControlCalls) -> None:
    api_id = calls.new_api(ownerContact="me", tags={"a": "b"})
    before = calls.good("GET", f"/v2/apis/{api_id}")["api"]
    config = {**EVENT_CONFIG, "authProviders": [{"authType": "AWS_IAM"}, {"authType": "API_KEY"}]}
    body = {"name": "other", "eventConfig": config, "tags": {"c": "d"}}
    after = calls.good("POST", f"/v2/apis/{api_id}", body)["api"]
    del before["ownerContact"]
    assert after == {**before, "name": "other", "eventConfig": config}
    assert calls.executed.changed_apis == (api_id,)
    assert calls.good("GET", f"/v2/apis/{api_id}")["api"] == after


def test_all_below_an_api_goes_with_it_and_nothing_else(calls: ControlCalls) -> None:
    gone, kept = calls.new_api(), calls.new_api()
    for api_id in (gone, kept):
        calls.new_data_source(api_id)
        calls.new_namespace(api_id)
        calls.good("POST", f"/v1/apis/{api_id}/apikeys", {})
    calls.new_domain_name("a.example.com")
    calls.new_domain_name("b.example.com")
    calls.good("POST", "/v1/domainnames/a.example.com/apiassociation", {"apiId": gone})
    calls.good("POST", "/v1/domainnames/b.example.com/apiassociation", {"apiId": kept})
    assert calls.good("DELETE", f"/v2/apis/{gone}") == {}
    assert (calls.executed.changed_apis, calls.executed.removed_apis) == ((), (gone,))
    assert calls.state.projection(gone) is None
    for method, path in [("GET", f"/v2/apis/{gone}"), ("DELETE", f"/v2/apis/{gone}")]:
        assert calls.refused(method, path) == "NotFoundException"
    assert calls.refused("GET", "/v1/domainnames/a.example.com/apiassociation") == "NotFoundException"
    assert calls.good("GET", "/v1/domainnames/a.example.com")
    projection = calls.state.projection(kept)
    assert projection
    assert (len(projection.namespaces), len(projection.api_keys), len(projection.data_sources)) == (1, 1, 1)
    assert projection.custom_domains == ("b.example.com",)


def test_there_may_be_so_many_apis_and_not_more() -> None:
    calls = ControlCalls(Facts(quotas=Quotas(apis=2)))
    first = calls.new_api()
    calls.new_api()
    body = {"name": "x", "eventConfig": EVENT_CONFIG}
    reply = calls("POST", "/v2/apis", body)
    assert (reply.status, reply.error) == (402, "ServiceQuotaExceededException")
    calls.good("DELETE", f"/v2/apis/{first}")
    calls.new_api()


def test_there_are_no_graphql_apis(calls: ControlCalls) -> None:
    calls.new_api()
    assert calls.good("GET", "/v1/apis") == {"graphqlApis": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/apis/nosuchapi"),
        ("POST", "/v2/apis/nosuchapi"),
        ("DELETE", "/v2/apis/nosuchapi"),
        ("GET", "/v2/apis/nosuchapi/channelNamespaces"),
        ("POST", "/v2/apis/nosuchapi/channelNamespaces"),
        ("GET", "/v2/apis/nosuchapi/channelNamespaces/x"),
        ("POST", "/v2/apis/nosuchapi/channelNamespaces/x"),
        ("DELETE", "/v2/apis/nosuchapi/channelNamespaces/x"),
        ("GET", "/v1/apis/nosuchapi/apikeys"),
        ("POST", "/v1/apis/nosuchapi/apikeys"),
        ("POST", "/v1/apis/nosuchapi/apikeys/x"),
        ("DELETE", "/v1/apis/nosuchapi/apikeys/x"),
        ("GET", "/v1/apis/nosuchapi/datasources"),
        ("POST", "/v1/apis/nosuchapi/datasources"),
        ("GET", "/v1/apis/nosuchapi/datasources/x"),
        ("POST", "/v1/apis/nosuchapi/datasources/x"),
        ("DELETE", "/v1/apis/nosuchapi/datasources/x"),
        ("GET", tags_path("arn:aws:appsync:us-east-1:000000000000:apis/nosuchapi")),
    ],
)
def test_what_is_below_an_unknown_api_is_not_found(calls: ControlCalls, method: str, path: str) -> None:
    calls.new_api()
    assert calls.refused(method, path, {}) == "NotFoundException"
