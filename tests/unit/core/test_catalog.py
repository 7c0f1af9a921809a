"""A copy of the configuration through its versions, and what each takes away."""

from typing import Any

import msgspec
import pytest

from eventray_core.api import Api, ApiKey
from eventray_core.auth import AuthMode
from eventray_core.catalog import Catalog, narrows
from eventray_core.namespace import ChannelNamespace

OLD = Api(api_id="oldid", name="old", dns_id="olddns", created=1, custom_domains=("Api.Example.com",))
NEW = Api(api_id="newid", name="new", dns_id="newdns", created=2)
KEY = ApiKey(key="da2-a", expires=9)
OPEN = ChannelNamespace(name="open")
FULL = msgspec.structs.replace(OLD, api_keys={KEY.key: KEY}, namespaces={"open": OPEN})


def test_an_empty_catalog_knows_nothing() -> None:
    catalog = Catalog()
    assert catalog.default is None
    assert catalog.by_host("localhost") is None
    assert not catalog.is_custom_domain("localhost")
    assert (len(catalog), list(catalog), catalog.get("oldid")) == (0, [], None)


def test_a_change_replaces_adds_and_removes() -> None:
    catalog = Catalog(1, [OLD, NEW])
    renamed = msgspec.structs.replace(NEW, name="renamed", dns_id="renamed")
    other = Api(api_id="third", name="third", dns_id="third", created=3)
    catalog.take(2, False, [renamed, other], ["oldid"])
    assert catalog.version == 2
    assert {api.api_id for api in catalog} == {"newid", "third"}
    assert catalog.get("newid") is renamed
    assert catalog.by_host("newdns.appsync-api.x") is None
    assert catalog.by_host("renamed.appsync-api.x") is renamed
    assert catalog.by_host("api.example.com") is renamed, "its custom domain is gone with the oldest"


def test_a_snapshot_replaces_everything() -> None:
    catalog = Catalog(1, [OLD])
    catalog.take(5, True, [NEW])
    assert (catalog.version, list(catalog), catalog.default) == (5, [NEW], NEW)


def test_an_api_removed_and_sent_again_at_once_is_there() -> None:
    catalog = Catalog(1, [OLD])
    catalog.take(2, False, [OLD], ["oldid"])
    assert list(catalog) == [OLD]


BOTH = (AuthMode.API_KEY, AuthMode.AWS_IAM)


@pytest.mark.parametrize(
    ("change", "narrower"),
    [
        ({}, False),
        ({"name": "renamed", "custom_domains": ()}, False),
        ({"api_keys": {}}, True),
        ({"api_keys": {KEY.key: KEY, "da2-b": ApiKey(key="da2-b", expires=9)}}, False),
        ({"namespaces": {}}, True),
        ({"namespaces": {"open": OPEN, "more": ChannelNamespace(name="more")}}, False),
        ({"namespaces": {"open": ChannelNamespace(name="open", subscribe_auth_modes=BOTH)}}, False),
        ({"namespaces": {"open": ChannelNamespace(name="open", subscribe_auth_modes=BOTH[1:])}}, True),
        ({"namespaces": {"open": ChannelNamespace(name="open", publish_auth_modes=BOTH[1:])}}, False),
        ({"default_subscribe_auth_modes": BOTH[1:]}, True),
        ({"connection_auth_modes": BOTH[1:]}, True),
        ({"connection_auth_modes": BOTH}, False),
    ],
)
def test_what_takes_something_away_from_who_is_connected(change: dict[str, Any], narrower: bool) -> None:
    assert narrows(FULL, msgspec.structs.replace(FULL, **change)) is narrower
    catalog = Catalog(1, [FULL, NEW])
    found = catalog.take(2, False, [msgspec.structs.replace(FULL, **change)])
    assert found == (frozenset({"oldid"}) if narrower else frozenset())


def test_an_api_that_is_gone_takes_everything_away() -> None:
    assert Catalog(1, [OLD, NEW]).take(2, False, [], ["oldid"]) == {"oldid"}
    assert Catalog(1, [OLD, NEW]).take(5, True, [NEW]) == {"oldid"}
    assert Catalog(1, [OLD, NEW]).take(5, True, [NEW, OLD]) == frozenset()
