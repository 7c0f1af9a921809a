import msgspec
import pytest

from eventray_core.auth import AuthMode
from eventray_core.namespace import ChannelNamespace


def test_a_namespace_follows_its_api_unless_told() -> None:
    namespace = ChannelNamespace(name="default")
    assert (namespace.publish_auth_modes, namespace.subscribe_auth_modes) == (None, None)
    assert namespace.version == 1


@pytest.mark.parametrize("modes", [None, (), (AuthMode.API_KEY, AuthMode.AWS_LAMBDA)])
def test_a_namespace_travels_over_links(modes: tuple[AuthMode, ...] | None) -> None:
    namespace = ChannelNamespace(name="chat", version=7, publish_auth_modes=modes)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(namespace), type=ChannelNamespace) == namespace


def test_a_namespace_does_not_change() -> None:
    with pytest.raises(AttributeError):
        ChannelNamespace(name="default").version = 2  # type: ignore[misc]
