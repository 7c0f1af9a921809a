"""Event APIs: what the control plane stores and every gateway and shard holds a copy of."""

from collections.abc import Iterable, Iterator

import msgspec

from eventray_core.auth import AuthMode
from eventray_core.namespace import ChannelNamespace


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key; `key` is what clients send (`da2-…`), `expires` is seconds since 1970."""

    key: str
    expires: int
    description: str = ""


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """One event API with everything the data plane needs of it.

    `dns_id` is the first label of its standard host names; hosts in `custom_domains` lead to it too.
    """

    api_id: str
    name: str
    dns_id: str
    created: int
    connection_auth_modes: tuple[AuthMode, ...] = (AuthMode.API_KEY,)
    default_publish_auth_modes: tuple[AuthMode, ...] = (AuthMode.API_KEY,)
    default_subscribe_auth_modes: tuple[AuthMode, ...] = (AuthMode.API_KEY,)
    custom_domains: tuple[str, ...] = ()
    namespaces: dict[str, ChannelNamespace] = {}
    api_keys: dict[str, ApiKey] = {}

    def publish_modes(self, namespace: ChannelNamespace) -> tuple[AuthMode, ...]:
        """The modes that may publish to the namespace."""
        modes = namespace.publish_auth_modes
        return self.default_publish_auth_modes if modes is None else modes

    def subscribe_modes(self, namespace: ChannelNamespace) -> tuple[AuthMode, ...]:
        """The modes that may subscribe to the namespace."""
        modes = namespace.subscribe_auth_modes
        return self.default_subscribe_auth_modes if modes is None else modes


class Catalog:
    """A member's copy of all APIs, by version of the configuration."""

    def __init__(self, version: int = 0, apis: Iterable[Api] = ()) -> None:
        self.version = version
        self._by_id: dict[str, Api] = {}
        self._by_label: dict[str, Api] = {}
        self._by_domain: dict[str, Api] = {}
        self.default: Api | None = None
        self._index(apis)

    def _index(self, apis: Iterable[Api]) -> None:
        self._by_id = {api.api_id: api for api in apis}
        self._by_label = {a.api_id.lower(): a for a in self._by_id.values()}
        self._by_label |= {a.dns_id.lower(): a for a in self._by_id.values()}
        self._by_domain = {d.lower(): a for a in self._by_id.values() for d in a.custom_domains}
        self.default = min(self._by_id.values(), key=lambda a: (a.created, a.api_id), default=None)

    def take(self, version: int, whole: bool, changed: Iterable[Api], removed: Iterable[str] = ()) -> None:
        """Take over a change, or a whole snapshot; the oldest API is the default one."""
        self.version = version
        gone = set(removed)
        kept = {} if whole else {k: v for k, v in self._by_id.items() if k not in gone}
        self._index({**kept, **{api.api_id: api for api in changed}}.values())

    def get(self, api_id: str) -> Api | None:
        """The API of that id."""
        return self._by_id.get(api_id)

    def by_host(self, host: str) -> Api | None:
        """The API that a request's host name means; the default one for any other name.

        Standard names are `<id>.appsync-api.…` and `<id>.appsync-realtime-api.…`.
        """
        name = host.lower()
        if not name.startswith("["):
            name = name.partition(":")[0]
        if (api := self._by_domain.get(name)) is not None:
            return api
        label, _, rest = name.partition(".")
        if rest.startswith(("appsync-api.", "appsync-realtime-api.")):
            return self._by_label.get(label)
        return self.default

    def is_custom_domain(self, name: str) -> bool:
        """Whether the host name, in lower case, was given to an API."""
        return name in self._by_domain

    def __iter__(self) -> Iterator[Api]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)
