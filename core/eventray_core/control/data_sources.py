"""Data sources (control-plane specification, sections 3.4 and 4.5)."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from eventray_core.control.apis import api_of
from eventray_core.control.arns import data_source_arn
from eventray_core.control.errors import InvalidRequestError, NotFoundError
from eventray_core.control.facts import Facts
from eventray_core.control.handler_configs import calls_directly, users
from eventray_core.control.namespaces import next_version
from eventray_core.control.paging import page
from eventray_core.control.records import ApiRecord, Change, DataSourceRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.data_source import DataSourceSettings, DataSourceType
from eventray_core.shape import Shape

# AWS's model says 65,536; handler configurations can name no more than 512, and a name must fit an index.
DataSourceName = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[_A-Za-z][_0-9A-Za-z]*\Z")]

_CONFIGS = {
    DataSourceType.AWS_LAMBDA: "lambda_config",
    DataSourceType.AMAZON_DYNAMODB: "dynamodb_config",
    DataSourceType.HTTP: "http_config",
    DataSourceType.AMAZON_EVENTBRIDGE: "event_bridge_config",
    DataSourceType.AMAZON_OPENSEARCH_SERVICE: "open_search_service_config",
    DataSourceType.AMAZON_ELASTICSEARCH: "elasticsearch_config",
    DataSourceType.RELATIONAL_DATABASE: "relational_database_config",
}

_WIRE_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(DataSourceSettings)}


class _Named(Shape, frozen=True, kw_only=True):
    name: DataSourceName


def _read(request: Request) -> DataSourceSettings:
    """The wanted settings; raises `InvalidRequestError` unless they have their type's config and no other."""
    settings = request.read(DataSourceSettings)
    wanted = _CONFIGS.get(settings.type)
    for config in _CONFIGS.values():
        if bool(getattr(settings, config)) is not (config == wanted):
            verb = "needs" if config == wanted else "must not have"
            raise InvalidRequestError(f"A data source of type {settings.type} {verb} {_WIRE_NAMES[config]}.")
    return settings


def show(source: DataSourceRecord, facts: Facts) -> dict[str, Any]:
    """The data source as answers have it."""
    settings: dict[str, Any] = msgspec.to_builtins(source.settings)
    arn = data_source_arn(facts, source.api_id, source.name)
    return {"dataSourceArn": arn, "name": source.name, **settings}


def _source_of(request: Request, api: ApiRecord) -> DataSourceRecord:
    name = request.parameter("name")
    source = request.tables.find(DataSourceRecord, f"{api.api_id}/{name}")
    if source is None:
        raise NotFoundError(f"Data source {name} not found.")
    return source


def create(request: Request) -> Outcome:
    """CreateDataSource; a name that is taken is a bad request (unverified on AWS)."""
    api = api_of(request)
    name = request.read(_Named).name
    settings = _read(request)
    if request.tables.find(DataSourceRecord, f"{api.api_id}/{name}") is not None:
        raise InvalidRequestError(f"Data source {name} already exists.")
    most = request.facts.quotas.data_sources_per_api
    if request.tables.count(DataSourceRecord, api.api_id) >= most:
        raise InvalidRequestError(f"An API may have at most {most} data sources.")
    source = DataSourceRecord(api_id=api.api_id, name=name, created=request.timestamp, settings=settings)
    return Outcome({"dataSource": show(source, request.facts)}, (source.put(),))


def get(request: Request) -> Outcome:
    """GetDataSource."""
    source = _source_of(request, api_of(request))
    return Outcome({"dataSource": show(source, request.facts)})


def list_(request: Request) -> Outcome:
    """ListDataSources."""
    sources = request.tables.under(DataSourceRecord, api_of(request).api_id)
    return page(request, "dataSources", sources, lambda source: show(source, request.facts))


def update(request: Request) -> Outcome:
    """UpdateDataSource: what it does not name is cleared.

    Namespaces that use the data source get new versions: a publish handled after the answer sees the change.
    """
    api = api_of(request)
    source = replace(_source_of(request, api), settings=_read(request))
    used_by = users(request.tables, api.api_id, source.name)
    direct = [n.name for n in used_by if calls_directly(n, source.name)]
    if direct and source.settings.type is not DataSourceType.AWS_LAMBDA:
        raise InvalidRequestError(
            f"Channel namespace {direct[0]} calls data source {source.name} directly, so its type must stay"
            f" {DataSourceType.AWS_LAMBDA}."
        )
    changes: list[Change] = [source.put()]
    if used_by:
        api = next_version(api)
        changes += [api.put(), *(replace(n, version=api.namespace_version).put() for n in used_by)]
    return Outcome({"dataSource": show(source, request.facts)}, tuple(changes))


def delete(request: Request) -> Outcome:
    """DeleteDataSource; not while a handler uses it (unverified on AWS, which protects resolvers so)."""
    api = api_of(request)
    source = _source_of(request, api)
    used_by = users(request.tables, api.api_id, source.name)
    if used_by:
        raise InvalidRequestError(
            f"Data source {source.name} is used by the channel namespace {used_by[0].name}."
        )
    return Outcome(DONE, (source.remove(),))
