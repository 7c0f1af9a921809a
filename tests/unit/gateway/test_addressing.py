"""Paths and hosts to APIs."""

import pytest

from eventray_core.api import Api
from eventray_core.catalog import Catalog
from eventray_gateway.addressing import Endpoint, Target, api_of, target_of

OLD = Api(api_id="oldapi", name="old", dns_id="olddns", created=1)
NEW = Api(api_id="newapi", name="new", dns_id="newdns", created=2, custom_domains=("Events.Example.com",))


@pytest.fixture
def catalog() -> Catalog:
    catalog = Catalog()
    catalog.take(1, True, [NEW, OLD])
    return catalog


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/event", Target(Endpoint.PUBLISH, None)),
        ("/event/realtime", Target(Endpoint.REALTIME, None)),
        ("/event//realtime", Target(Endpoint.REALTIME, None)),
        ("/realtime", Target(Endpoint.REALTIME, None)),
        ("/apis/newapi/event", Target(Endpoint.PUBLISH, "newapi")),
        ("/apis/newapi/event/realtime", Target(Endpoint.REALTIME, "newapi")),
        ("/apis/newapi", None),
        ("/apis//event", None),
        ("/events", None),
        ("/", None),
    ],
)
def test_paths(path: str, target: Target | None) -> None:
    assert target_of(path) == target


@pytest.mark.parametrize(
    ("host", "api"),
    [
        (b"localhost:8080", OLD),
        (b"", OLD),
        (b"[::1]:8080", OLD),
        (b"newdns.appsync-api.us-east-1.localhost:8080", NEW),
        (b"NEWAPI.appsync-realtime-api.us-east-1.amazonaws.com", NEW),
        (b"nobody.appsync-api.us-east-1.amazonaws.com", None),
        (b"events.example.COM", NEW),
    ],
)
def test_hosts(catalog: Catalog, host: bytes, api: Api | None) -> None:
    assert api_of(catalog, Target(Endpoint.PUBLISH, None), [(b"host", host)]) is api


def test_a_path_prefix_wins_over_the_host(catalog: Catalog) -> None:
    headers = [(b"host", b"newdns.appsync-api.us-east-1.localhost")]
    assert api_of(catalog, Target(Endpoint.PUBLISH, "oldapi"), headers) is OLD
    assert api_of(catalog, Target(Endpoint.PUBLISH, "nobody"), headers) is None
