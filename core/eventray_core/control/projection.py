"""What the data plane gets of an API's records."""

from collections.abc import Iterable

from eventray_core.api import Api, ApiKey
from eventray_core.auth import AuthMode
from eventray_core.auth_providers import AuthProvider
from eventray_core.control.records import (
    ApiAssociationRecord,
    ApiKeyRecord,
    ApiRecord,
    AuthModeItem,
    DataSourceRecord,
    NamespaceRecord,
)
from eventray_core.control.tables import Tables
from eventray_core.log_level import LogLevel
from eventray_core.namespace import ChannelNamespace


def project(tables: Tables, api: ApiRecord) -> Api:
    """One API with everything below it."""
    config = api.event_config
    namespaces = tables.under(NamespaceRecord, api.api_id)
    keys = tables.under(ApiKeyRecord, api.api_id)
    return Api(
        api_id=api.api_id,
        name=api.name,
        dns_id=api.dns_id,
        created=api.created,
        connection_auth_modes=_modes(config.connection_auth_modes),
        default_publish_auth_modes=_modes(config.default_publish_auth_modes),
        default_subscribe_auth_modes=_modes(config.default_subscribe_auth_modes),
        custom_domains=_domains(tables, api),
        namespaces={n.name: _namespace(n, _modes(config.auth_providers)) for n in namespaces},
        api_keys={k.id: ApiKey(key=k.id, expires=k.expires, description=k.description or "") for k in keys},
        auth_providers=config.auth_providers,
        data_sources={s.name: s.settings for s in tables.under(DataSourceRecord, api.api_id)},
        log_level=config.log_config.log_level if config.log_config else LogLevel.NONE,
    )


def _domains(tables: Tables, api: ApiRecord) -> tuple[str, ...]:
    associations = tables.under(ApiAssociationRecord)
    return tuple(a.domain_name.lower() for a in associations if a.api_id == api.api_id)


def _modes(items: Iterable[AuthProvider | AuthModeItem]) -> tuple[AuthMode, ...]:
    """Each type once, in the caller's order."""
    return tuple(dict.fromkeys(item.auth_type for item in items))


def _namespace(record: NamespaceRecord, known: tuple[AuthMode, ...]) -> ChannelNamespace:
    configs = record.handler_configs
    return ChannelNamespace(
        name=record.name,
        version=record.version,
        publish_auth_modes=_own_modes(record.publish_auth_modes or (), known),
        subscribe_auth_modes=_own_modes(record.subscribe_auth_modes or (), known),
        on_publish=(configs.on_publish or None) if configs else None,
        on_subscribe=(configs.on_subscribe or None) if configs else None,
        code_hash=record.code_hash or None,
    )


def _own_modes(items: tuple[AuthModeItem, ...], known: tuple[AuthMode, ...]) -> tuple[AuthMode, ...] | None:
    """A namespace's own modes that still have a provider; None if it has none of its own."""
    return tuple(mode for mode in _modes(items) if mode in known) if items else None
