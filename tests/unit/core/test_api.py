import msgspec
import pytest

from eventray_core.api import Api, ApiKey, Catalog
from eventray_core.auth import AuthMode
from eventray_core.namespace import ChannelNamespace

OLD = Api(api_id="oldid", name="old", dns_id="olddns", created=1, custom_domains=("Api.Example.com",))
NEW = Api(api_id="newid", name="new", dns_id="newdns", created=2)

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
    ("newdns.example.com", OLD),
    ("", OLD),
]


@pytest.mark.parametrize(("host", "api"), HOSTS)
def test_the_host_name_tells_the_api(host: str, api: Api | None) -> None:
    assert Catalog(1, [NEW, OLD]).by_host(host) is api


def test_an_empty_catalog_knows_no_host() -> None:
    catalog = Catalog()
    assert catalog.default is None
    assert catalog.by_host("localhost") is None
    assert (len(catalog), list(catalog), catalog.get("oldid")) == (0, [], None)


def test_the_oldest_api_is_the_default_one() -> None:
    assert Catalog(1, [NEW, OLD]).default is OLD
    same_age = msgspec.structs.replace(NEW, created=1)
    assert Catalog(1, [OLD, same_age]).default is same_age


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


def test_a_namespace_has_its_apis_modes_unless_it_has_its_own() -> None:
    lambda_only = (AuthMode.AWS_LAMBDA,)
    api = msgspec.structs.replace(OLD, default_subscribe_auth_modes=(AuthMode.AWS_IAM,))
    plain = ChannelNamespace(name="plain")
    assert api.publish_modes(plain) == (AuthMode.API_KEY,)
    assert api.subscribe_modes(plain) == (AuthMode.AWS_IAM,)
    own = ChannelNamespace(name="own", publish_auth_modes=lambda_only, subscribe_auth_modes=())
    assert api.publish_modes(own) == lambda_only
    assert api.subscribe_modes(own) == (), "none is not the same as the default"


def test_an_api_travels_over_links() -> None:
    api = msgspec.structs.replace(
        OLD,
        namespaces={"default": ChannelNamespace(name="default")},
        api_keys={"da2-abc": ApiKey(key="da2-abc", expires=1_900_000_000)},
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(api), type=Api) == api


def test_apis_do_not_share_what_they_start_with() -> None:
    first = Api(api_id="a", name="a", dns_id="a", created=1)
    second = Api(api_id="b", name="b", dns_id="b", created=1)
    assert first.namespaces is not second.namespaces
    assert first.api_keys is not second.api_keys
