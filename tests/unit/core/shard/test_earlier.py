"""What a namespace was, by the version of the configuration that a gateway knew."""

from eventray_core.api import Api
from eventray_core.catalog import Catalog
from eventray_core.link.envelopes import ConfigChanged
from eventray_core.namespace import ChannelNamespace
from eventray_core.shard.earlier import EarlierNamespaces

KEEP = 25.0


def api(*namespaces: ChannelNamespace, api_id: str = "one") -> Api:
    by_name = {namespace.name: namespace for namespace in namespaces}
    return Api(api_id=api_id, name="a", dns_id="d", created=1, namespaces=by_name)


NEWS = [ChannelNamespace(name="news", version=version) for version in range(5)]
CHAT = ChannelNamespace(name="chat")


def versions(earlier: EarlierNamespaces, api_id: str = "one") -> list[int | None]:
    """Of `news`, in the configurations 1 to 4."""
    found = [earlier.find(api_id, "/news/a", known) for known in range(1, 5)]
    return [namespace.version if namespace is not None else None for namespace in found]


def test_each_configuration_has_its_own() -> None:
    earlier = EarlierNamespaces(Catalog(), KEEP)
    earlier.take(ConfigChanged(1, True, [api(NEWS[1], CHAT), api(NEWS[4], api_id="two")]), 0)
    earlier.take(ConfigChanged(2, False, [api(NEWS[2], CHAT)]), 1)
    assert versions(earlier) == [1, 2, 2, 2]
    earlier.take(ConfigChanged(3, False, [], ["one"]), 2)
    assert versions(earlier) == [1, 2, None, None]
    earlier.take(ConfigChanged(4, True, [api(NEWS[3])]), 3)
    assert versions(earlier) == [1, 2, 3, 3], "it was not there in the third, and nothing may hang on that"
    assert versions(earlier, "two") == [4, 4, 4, None]
    assert earlier.find("one", "/chat", 2) == CHAT
    assert earlier.find("one", "/nothing/a", 1) is None


def test_what_has_not_changed_is_not_kept() -> None:
    earlier = EarlierNamespaces(Catalog(), KEEP)
    for version in range(1, 4):
        earlier.take(ConfigChanged(version, False, [api(NEWS[1], CHAT)]), version)
    assert not earlier._replaced


def test_it_is_kept_for_a_time() -> None:
    earlier = EarlierNamespaces(Catalog(), KEEP)
    for version, now in ((1, 0.0), (2, 1.0), (3, 1.0 + KEEP)):
        earlier.take(ConfigChanged(version, False, [api(NEWS[version])]), now)
    assert versions(earlier) == [1, 2, 3, 3]
    earlier.take(ConfigChanged(4, False, [api(NEWS[4])]), 1.1 + KEEP)
    assert versions(earlier) == [2, 2, 3, 4]
