"""The rules for a namespace's handlers (control-plane specification, section 4.4)."""

from msgspec import UnsetType

from eventray_core.control.errors import InvalidRequestError
from eventray_core.control.records import DataSourceRecord, NamespaceRecord
from eventray_core.control.tables import Tables
from eventray_core.data_source import DataSourceType
from eventray_core.handler import HandlerBehavior, HandlerConfig, HandlerConfigs


def check_handlers(
    tables: Tables, api_id: str, configs: HandlerConfigs | UnsetType, code: str | UnsetType
) -> None:
    """Raise `InvalidRequestError` unless the data sources are there and the behaviours make sense.

    A CODE handler without code is allowed: it does nothing, as does code that does not export it.
    """
    given = configs.given() if configs else []
    for config in given:
        _check_data_source(tables, api_id, config)
    if code and len(given) == 2 and all(c.behavior is HandlerBehavior.DIRECT for c in given):
        raise InvalidRequestError("codeHandlers must be absent when both handlers are DIRECT.")


def _check_data_source(tables: Tables, api_id: str, config: HandlerConfig) -> None:
    name = config.data_source
    direct = config.behavior is HandlerBehavior.DIRECT
    if name is None:
        if direct:
            raise InvalidRequestError("A handler with behavior DIRECT needs a data source.")
        return
    source = tables.find(DataSourceRecord, f"{api_id}/{name}")
    if source is None:
        raise InvalidRequestError(f"Data source {name} not found.")
    if direct and source.settings.type is not DataSourceType.AWS_LAMBDA:
        raise InvalidRequestError(
            f"A handler with behavior DIRECT needs a Lambda data source; {name} is none."
        )


def users(tables: Tables, api_id: str, data_source: str) -> list[NamespaceRecord]:
    """The namespaces of the API with a handler that uses the data source."""
    return [n for n in tables.under(NamespaceRecord, api_id) if data_source in _used(n)]


def _used(namespace: NamespaceRecord) -> set[str | None]:
    return {c.data_source for c in namespace.handler_configs.given()} if namespace.handler_configs else set()


def calls_directly(namespace: NamespaceRecord, data_source: str) -> bool:
    """Whether a DIRECT handler of the namespace uses the data source."""
    given = namespace.handler_configs.given() if namespace.handler_configs else []
    return any(c.data_source == data_source and c.behavior is HandlerBehavior.DIRECT for c in given)
