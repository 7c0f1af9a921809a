from typing import Any

import pytest
from tests.support.control_calls import CERTIFICATE_ARN, ControlCalls

from eventray_core.control.facts import Facts, Quotas

DOMAIN = "/v1/domainnames/events.example.com"
ASSOCIATION = f"{DOMAIN}/apiassociation"


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def domains_of(calls: ControlCalls, api_id: str) -> tuple[str, ...]:
    projection = calls.state.projection(api_id)
    assert projection
    return projection.custom_domains


def test_a_domain_name_is_answered_in_full(calls: ControlCalls) -> None:
    domain = calls.new_domain_name(description="", tags={"a": "b"})
    assert domain == {
        "domainName": "events.example.com",
        "description": "",
        "certificateArn": CERTIFICATE_ARN,
        "appsyncDomainName": domain["appsyncDomainName"],
        "tags": {"a": "b"},
        "domainNameArn": "arn:aws:appsync:us-east-1:000000000000:domainnames/events.example.com",
    }
    assert domain["appsyncDomainName"].endswith(".appsync-domain.us-east-1.localhost")
    assert calls.good("GET", DOMAIN) == {"domainNameConfig": domain}
    assert calls.good("GET", "/v1/domainnames") == {"domainNameConfigs": [domain]}


@pytest.mark.parametrize("name", ["a.b", "*.example.com", "*-dev.example.com", "A_b.example.com", "1.2.3.4"])
def test_good_names(calls: ControlCalls, name: str) -> None:
    assert calls.new_domain_name(name)["domainName"] == name
    assert calls.good("GET", f"/v1/domainnames/{name.upper()}")["domainNameConfig"]["domainName"] == name


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "localhost",
        ".example.com",
        "a..b",
        "a.b.",
        "a.*.b",
        "a*.example.com",
        "ä.example.com",
        "a.b\n",
        "a/b.c",
        "a" * 250 + ".com",
        "x.appsync-api.us-east-1.localhost",
        "x.AppSync-Realtime-Api.us-east-1.localhost",
        1,
    ],
)
def test_bad_names(calls: ControlCalls, name: Any) -> None:
    body = {"domainName": name, "certificateArn": CERTIFICATE_ARN}
    assert calls.refused("POST", "/v1/domainnames", body) == "BadRequestException"


@pytest.mark.parametrize(
    "members",
    [
        {"certificateArn": None},
        {"certificateArn": "x"},
        {"certificateArn": "arn:aws:s3:us-east-1:123456789012:certificate/x"},
        {"certificateArn": "arn:aws:acm:us-east-1:1:certificate/x"},
        {"certificateArn": CERTIFICATE_ARN + "\n"},
        {"certificateArn": CERTIFICATE_ARN + "x" * 2048},
        {"description": "x" * 256},
        {"description": "a\nb"},
        {"tags": {"aws:a": "b"}},
    ],
)
def test_bad_settings(calls: ControlCalls, members: dict[str, Any]) -> None:
    body = {"domainName": "a.example.com", "certificateArn": CERTIFICATE_ARN, **members}
    assert calls.refused("POST", "/v1/domainnames", body) == "BadRequestException"


def test_a_name_is_given_once_whatever_its_case(calls: ControlCalls) -> None:
    calls.new_domain_name("Events.example.com")
    body = {"domainName": "events.EXAMPLE.com", "certificateArn": CERTIFICATE_ARN}
    assert calls.refused("POST", "/v1/domainnames", body) == "BadRequestException"


def test_an_update_changes_the_description_alone(calls: ControlCalls) -> None:
    domain = calls.new_domain_name(description="old", tags={"a": "b"})
    body = {"description": "new", "certificateArn": "x", "tags": {}}
    assert calls.good("POST", DOMAIN, body)["domainNameConfig"] == {**domain, "description": "new"}
    assert "description" not in calls.good("POST", DOMAIN, {})["domainNameConfig"]
    assert calls.refused("POST", DOMAIN, {"description": "x" * 256}) == "BadRequestException"


def test_a_name_leads_to_an_api_until_it_leads_to_another_or_to_none(calls: ControlCalls) -> None:
    one, other = calls.new_api(), calls.new_api()
    calls.new_domain_name("Events.example.com")
    association = calls.good("POST", ASSOCIATION, {"apiId": one})["apiAssociation"]
    assert association == {"domainName": "Events.example.com", "apiId": one, "associationStatus": "SUCCESS"}
    assert calls.changed_apis == [one]
    assert calls.good("GET", ASSOCIATION)["apiAssociation"] == association
    assert domains_of(calls, one) == ("events.example.com",)
    calls.good("POST", ASSOCIATION, {"apiId": other})
    assert calls.changed_apis == [one, other]
    assert (domains_of(calls, one), domains_of(calls, other)) == ((), ("events.example.com",))
    assert calls.good("DELETE", ASSOCIATION) == {}
    assert calls.changed_apis == [other]
    assert domains_of(calls, other) == ()
    for method in ("GET", "DELETE"):
        assert calls.refused(method, ASSOCIATION) == "NotFoundException"


def test_one_api_may_have_several_names(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    for name in ("b.example.com", "*.example.com"):
        calls.new_domain_name(name)
        calls.good("POST", f"/v1/domainnames/{name}/apiassociation", {"apiId": api_id})
        calls.now += 1
    assert domains_of(calls, api_id) == ("b.example.com", "*.example.com")


def test_a_name_that_leads_to_an_api_cannot_be_deleted(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    calls.new_domain_name()
    calls.good("POST", ASSOCIATION, {"apiId": api_id})
    assert calls.refused("DELETE", DOMAIN) == "BadRequestException"
    calls.good("DELETE", ASSOCIATION)
    assert calls.good("DELETE", DOMAIN) == {}
    for method in ("GET", "POST", "DELETE"):
        assert calls.refused(method, DOMAIN, {}) == "NotFoundException"
        assert calls.refused(method, ASSOCIATION, {"apiId": api_id}) == "NotFoundException"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"apiId": "nosuch"}, "NotFoundException"),
        ({}, "BadRequestException"),
        ({"apiId": 1}, "BadRequestException"),
    ],
)
def test_an_association_needs_an_api(calls: ControlCalls, body: Any, error: str) -> None:
    calls.new_domain_name()
    assert calls.refused("POST", ASSOCIATION, body) == error


def test_there_may_be_so_many_names_and_not_more() -> None:
    calls = ControlCalls(Facts(quotas=Quotas(domain_names=1)))
    calls.new_domain_name()
    body = {"domainName": "b.example.com", "certificateArn": CERTIFICATE_ARN}
    assert calls.refused("POST", "/v1/domainnames", body) == "BadRequestException"
