import msgspec

from eventray_core.api import Api, ApiKey
from eventray_core.auth import AuthMode
from eventray_core.namespace import ChannelNamespace

OLD = Api(api_id="oldid", name="old", dns_id="olddns", created=1, custom_domains=("Api.Example.com",))


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
