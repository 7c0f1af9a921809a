"""Rows to the values that gateways and shards get."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from eventray_cluster.store.tables import ApiAuthModeRow, ApiRow, NamespaceAuthModeRow, NamespaceRow
from eventray_core.api import Api, ApiKey
from eventray_core.auth import AuthMode
from eventray_core.namespace import ChannelNamespace


def read_apis(session: Session) -> tuple[Api, ...]:
    """All APIs, the oldest first."""
    rows = session.scalars(select(ApiRow).order_by(ApiRow.created, ApiRow.api_id))
    return tuple(_api(row) for row in rows)


def _api(row: ApiRow) -> Api:
    return Api(
        api_id=row.api_id,
        name=row.name,
        dns_id=row.dns_id,
        created=row.created,
        connection_auth_modes=_modes(row.auth_modes, "connection"),
        default_publish_auth_modes=_modes(row.auth_modes, "publish"),
        default_subscribe_auth_modes=_modes(row.auth_modes, "subscribe"),
        custom_domains=tuple(sorted(d.domain for d in row.domains)),
        namespaces={n.name: _namespace(n) for n in row.namespaces},
        api_keys={k.key: ApiKey(key=k.key, expires=k.expires, description=k.description) for k in row.keys},
    )


def _namespace(row: NamespaceRow) -> ChannelNamespace:
    return ChannelNamespace(
        name=row.name,
        version=row.version,
        publish_auth_modes=_modes(row.auth_modes, "publish") or None,
        subscribe_auth_modes=_modes(row.auth_modes, "subscribe") or None,
    )


def _modes(rows: Iterable[ApiAuthModeRow | NamespaceAuthModeRow], purpose: str) -> tuple[AuthMode, ...]:
    return tuple(AuthMode(row.auth_type) for row in rows if row.purpose == purpose)
