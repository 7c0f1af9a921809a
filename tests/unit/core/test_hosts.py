"""Host names to APIs."""

import msgspec
import pytest

from eventray_core.api import Api
from eventray_core.hosts import Hosts

OLD = Api(
    api_id="oldid",
    name="old",
    dns_id="olddns",
    created=1,
    custom_domains=("Api.Example.com", "*.example.org", "*-blue.example.org"),
)
NEW = Api(
    api_id="newid",
    name="new",
    dns_id="newdns",
    created=2,
    custom_domains=("special.example.org", "*-deep-blue.example.org"),
)

HOSTS: list[tuple[str, Api | None]] = [
    ("olddns.appsync-api.us-east-1.amazonaws.com", OLD),
    ("newdns.appsync-api.us-east-1.amazonaws.com", NEW),
    ("newdns.appsync-realtime-api.us-east-1.amazonaws.com", NEW),
    ("NEWDNS.AppSync-API.eu-west-1.localhost:8443", NEW),
    ("newid.appsync-api.us-east-1.example.com", NEW),
    ("unknown.appsync-api.us-east-1.amazonaws.com", None),
    ("api.example.com", OLD),
    ("API.EXAMPLE.COM:443", OLD),
    ("localhost:8080", OLD),
    ("127.0.0.1", OLD),
    ("[::1]:8080", OLD),
    ("newdns.example.com", NEW),
    ("newid.localhost:8080", NEW),
    ("newid", NEW),
    ("a.newid.localhost", OLD),
    ("special.example.org", NEW),
    ("any.example.org.", OLD),
    ("any.sub.example.org", OLD),
    ("sky-blue.example.org", OLD),
    ("sky-deep-blue.example.org", NEW),
    ("-deep-blue.example.org", OLD),
    ("newid.example.org", OLD),
    ("", OLD),
]


@pytest.mark.parametrize(("host", "api"), HOSTS)
def test_the_host_name_tells_the_api(host: str, api: Api | None) -> None:
    assert Hosts([NEW, OLD]).find(host) is api


def test_without_apis_no_host_is_known() -> None:
    assert Hosts().find("localhost") is None
    assert Hosts().default is None


def test_the_oldest_api_is_the_default_one() -> None:
    assert Hosts([NEW, OLD]).default is OLD
    same_age = msgspec.structs.replace(NEW, created=1)
    assert Hosts([OLD, same_age]).default is same_age


@pytest.mark.parametrize(
    ("name", "custom"),
    [
        ("api.example.com", True),
        ("x.example.org", True),
        ("example.org", False),
        ("olddns.appsync-api.us-east-1.localhost", False),
        ("localhost", False),
    ],
)
def test_custom_domains_are_told_from_other_names(name: str, custom: bool) -> None:
    assert Hosts([NEW, OLD]).is_custom_domain(name) is custom
