"""Event APIs: what the control plane stores and every gateway and shard holds a copy of."""

import msgspec

from eventray_core.auth import AuthMode
from eventray_core.auth_providers import AuthProvider
from eventray_core.data_source import DataSourceSettings
from eventray_core.log_level import LogLevel
from eventray_core.namespace import ChannelNamespace


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key; `key` is what clients send (`da2-…`), `expires` is seconds since 1970."""

    key: str
    expires: int
    description: str = ""


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """One event API with everything the data plane needs of it.

    `dns_id` is the first label of its standard host names; hosts in `custom_domains` lead to it too, where
    `*` in the first label stands for any text without a dot. `created` is seconds since 1970. API keys are
    found by the key, expired ones too; data sources by name.
    """

    api_id: str
    name: str
    dns_id: str
    created: float
    connection_auth_modes: tuple[AuthMode, ...] = (AuthMode.API_KEY,)
    default_publish_auth_modes: tuple[AuthMode, ...] = (AuthMode.API_KEY,)
    default_subscribe_auth_modes: tuple[AuthMode, ...] = (AuthMode.API_KEY,)
    custom_domains: tuple[str, ...] = ()
    namespaces: dict[str, ChannelNamespace] = {}
    api_keys: dict[str, ApiKey] = {}
    auth_providers: tuple[AuthProvider, ...] = ()
    data_sources: dict[str, DataSourceSettings] = {}
    log_level: LogLevel = LogLevel.NONE

    def publish_modes(self, namespace: ChannelNamespace) -> tuple[AuthMode, ...]:
        """The modes that may publish to the namespace."""
        modes = namespace.publish_auth_modes
        return self.default_publish_auth_modes if modes is None else modes

    def subscribe_modes(self, namespace: ChannelNamespace) -> tuple[AuthMode, ...]:
        """The modes that may subscribe to the namespace."""
        modes = namespace.subscribe_auth_modes
        return self.default_subscribe_auth_modes if modes is None else modes
