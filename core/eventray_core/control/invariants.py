"""What always holds among the records, whatever was asked of the control plane."""

from eventray_core.control.api_keys import HOUR, KEPT_AFTER_EXPIRY
from eventray_core.control.code import code_hash
from eventray_core.control.projection import project
from eventray_core.control.records import (
    ApiAssociationRecord,
    ApiKeyRecord,
    ApiRecord,
    DataSourceRecord,
    DomainNameRecord,
    NamespaceRecord,
    StackRecord,
    decode,
)
from eventray_core.control.tables import Tables
from eventray_core.data_source import DataSourceType
from eventray_core.handler import HandlerBehavior


def check_records(tables: Tables) -> None:
    """Raise `AssertionError` if records contradict one another, or would not come back from the store."""
    for record in tables:
        assert decode(record.put()) == record
    children: list[NamespaceRecord | DataSourceRecord | ApiKeyRecord] = [
        *tables.all(NamespaceRecord),
        *tables.all(DataSourceRecord),
        *tables.all(ApiKeyRecord),
    ]
    assert all(tables.find(ApiRecord, child.api_id) for child in children)
    for namespace in tables.all(NamespaceRecord):
        _check_namespace(tables, namespace)
    for key in tables.all(ApiKeyRecord):
        assert key.expires % HOUR == 0
        assert key.deletes == key.expires + KEPT_AFTER_EXPIRY
    for association in tables.all(ApiAssociationRecord):
        assert tables.find(DomainNameRecord, association.key)
        assert tables.find(ApiRecord, association.api_id)
    assert all(stack.version >= 1 for stack in tables.all(StackRecord))
    _check_names(tables)
    for api in tables.all(ApiRecord):
        _check_projection(tables, api)


def _check_namespace(tables: Tables, namespace: NamespaceRecord) -> None:
    api = tables.find(ApiRecord, namespace.api_id)
    assert api
    assert 1 <= namespace.version <= api.namespace_version
    assert (code_hash(namespace.code_handlers) if namespace.code_handlers else None) == (
        namespace.code_hash or None
    )
    for config in namespace.handler_configs.given() if namespace.handler_configs else ():
        if config.data_source is None:
            assert config.behavior is HandlerBehavior.CODE
            continue
        source = tables.find(DataSourceRecord, f"{namespace.api_id}/{config.data_source}")
        assert source
        if config.behavior is HandlerBehavior.DIRECT:
            assert source.settings.type is DataSourceType.AWS_LAMBDA


def _check_names(tables: Tables) -> None:
    """Host names lead to one thing."""
    labels = [api.dns_id for api in tables.all(ApiRecord)] + [api.api_id for api in tables.all(ApiRecord)]
    assert len(labels) == len(set(labels))


def _check_projection(tables: Tables, api: ApiRecord) -> None:
    projected = project(tables, api)
    providers = {provider.auth_type for provider in projected.auth_providers}
    assert set(projected.connection_auth_modes) <= providers
    assert len(projected.namespaces) == tables.count(NamespaceRecord, api.api_id)
    assert len(projected.api_keys) == tables.count(ApiKeyRecord, api.api_id)
    assert len(projected.data_sources) == tables.count(DataSourceRecord, api.api_id)
    for namespace in projected.namespaces.values():
        assert set(projected.publish_modes(namespace)) <= providers
        assert set(projected.subscribe_modes(namespace)) <= providers
