"""A member's copy of the configuration."""

from collections.abc import Iterable, Iterator

from eventray_core.api import Api
from eventray_core.hosts import Hosts


class Catalog:
    """All APIs, by version of the configuration. A version is there as a whole, or not at all."""

    def __init__(self, version: int = 0, apis: Iterable[Api] = ()) -> None:
        self.version = version
        self._by_id = {api.api_id: api for api in apis}
        self._hosts = Hosts(self._by_id.values())

    def take(
        self, version: int, whole: bool, changed: Iterable[Api], removed: Iterable[str] = ()
    ) -> frozenset[str]:
        """Take over a change, or a whole snapshot.

        Returns the ids of the APIs that do not allow all that they allowed before.
        """
        before, gone = self._by_id, set(removed)
        kept = {} if whole else {k: v for k, v in before.items() if k not in gone}
        after = {**kept, **{api.api_id: api for api in changed}}
        self.version, self._by_id, self._hosts = version, after, Hosts(after.values())
        touched = {k: v for k, v in before.items() if after.get(k) is not v}
        return frozenset(k for k, old in touched.items() if narrows(old, after.get(k)))

    @property
    def default(self) -> Api | None:
        """The oldest API."""
        return self._hosts.default

    def get(self, api_id: str) -> Api | None:
        """The API of that id."""
        return self._by_id.get(api_id)

    def by_host(self, host: str) -> Api | None:
        """The API that a request's host name means, as `Hosts.find` says."""
        return self._hosts.find(host)

    def is_custom_domain(self, name: str) -> bool:
        """Whether the host name, in lower case, was given to an API."""
        return self._hosts.is_custom_domain(name)

    def __iter__(self) -> Iterator[Api]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)


def narrows(old: Api, new: Api | None) -> bool:
    """Whether something that the API allowed is not allowed any more, but for keys that expire."""
    if new is None or not old.api_keys.keys() <= new.api_keys.keys():
        return True
    if not {*old.connection_auth_modes} <= {*new.connection_auth_modes}:
        return True
    for name, namespace in old.namespaces.items():
        still = new.namespaces.get(name)
        if still is None or not {*old.subscribe_modes(namespace)} <= {*new.subscribe_modes(still)}:
            return True
    return False
