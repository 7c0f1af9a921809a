"""Channel namespaces (control-plane specification, sections 3.2, 4.3 and 4.4)."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from eventray_core.control.apis import api_of
from eventray_core.control.arns import namespace_arn
from eventray_core.control.code import Code, code_hash, refuse_faulty
from eventray_core.control.errors import ConflictError, NotFoundError, ServiceQuotaExceededError
from eventray_core.control.event_config import check_modes
from eventray_core.control.facts import Facts
from eventray_core.control.handler_configs import check_handlers
from eventray_core.control.paging import page
from eventray_core.control.records import ApiRecord, AuthModeItem, NamespaceRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.control.tag_shapes import TagMap
from eventray_core.handler import HandlerConfigs
from eventray_core.shape import Shape

NamespaceName = Annotated[
    str, Meta(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9\-]{0,48}[A-Za-z0-9])?\Z")
]


class _Settings(Shape, frozen=True, kw_only=True):
    publish_auth_modes: tuple[AuthModeItem, ...] | UnsetType = UNSET
    subscribe_auth_modes: tuple[AuthModeItem, ...] | UnsetType = UNSET
    code_handlers: Code | UnsetType = UNSET
    handler_configs: HandlerConfigs | UnsetType = UNSET


class _Create(_Settings, frozen=True, kw_only=True):
    name: NamespaceName
    tags: TagMap = {}


def show(namespace: NamespaceRecord, facts: Facts) -> dict[str, Any]:
    """The namespace as answers have it.

    `handlerConfigs` is always there; modes that were left out or empty are the API's and stay absent.
    """
    members = {
        "apiId": namespace.api_id,
        "name": namespace.name,
        "subscribeAuthModes": namespace.subscribe_auth_modes or UNSET,
        "publishAuthModes": namespace.publish_auth_modes or UNSET,
        "codeHandlers": namespace.code_handlers,
        "tags": namespace.tags,
        "channelNamespaceArn": namespace_arn(facts, namespace.api_id, namespace.name),
        "created": namespace.created,
        "lastModified": namespace.last_modified,
        "handlerConfigs": namespace.handler_configs or {},
    }
    return {name: member for name, member in members.items() if member is not UNSET}


def _namespace_of(request: Request, api: ApiRecord) -> NamespaceRecord:
    name = request.parameter("name")
    namespace = request.tables.find(NamespaceRecord, f"{api.api_id}/{name}")
    if namespace is None:
        raise NotFoundError(f"Channel namespace {name} not found.")
    return namespace


def _check(request: Request, api: ApiRecord, settings: _Settings) -> None:
    check_modes("publishAuthModes", settings.publish_auth_modes or (), api.event_config)
    check_modes("subscribeAuthModes", settings.subscribe_auth_modes or (), api.event_config)
    check_handlers(request.tables, api.api_id, settings.handler_configs, settings.code_handlers)
    if settings.code_handlers:
        refuse_faulty(request.code_errors)


def _with(namespace: NamespaceRecord, settings: _Settings) -> NamespaceRecord:
    code = settings.code_handlers
    return replace(
        namespace,
        publish_auth_modes=settings.publish_auth_modes,
        subscribe_auth_modes=settings.subscribe_auth_modes,
        code_handlers=code,
        code_hash=code_hash(code) if code else UNSET,
        handler_configs=settings.handler_configs,
    )


def next_version(api: ApiRecord) -> ApiRecord:
    """The API with a version that none of its namespaces ever had, deleted ones included."""
    return replace(api, namespace_version=api.namespace_version + 1)


def create(request: Request) -> Outcome:
    """CreateChannelNamespace; a name that is taken is a conflict (unverified on AWS)."""
    api = api_of(request)
    wanted = request.read(_Create)
    _check(request, api, wanted)
    if request.tables.find(NamespaceRecord, f"{api.api_id}/{wanted.name}") is not None:
        raise ConflictError(f"Channel namespace {wanted.name} already exists.")
    most = request.facts.quotas.namespaces_per_api
    if request.tables.count(NamespaceRecord, api.api_id) >= most:
        raise ServiceQuotaExceededError(f"An API may have at most {most} channel namespaces.")
    api = next_version(api)
    namespace = NamespaceRecord(
        api_id=api.api_id,
        name=wanted.name,
        version=api.namespace_version,
        created=request.timestamp,
        last_modified=request.timestamp,
        tags=wanted.tags,
    )
    return _saved(request, api, _with(namespace, wanted))


def _saved(request: Request, api: ApiRecord, namespace: NamespaceRecord) -> Outcome:
    members = {"channelNamespace": show(namespace, request.facts)}
    return Outcome(members, (api.put(), namespace.put()))


def get(request: Request) -> Outcome:
    """GetChannelNamespace, with its code."""
    namespace = _namespace_of(request, api_of(request))
    return Outcome({"channelNamespace": show(namespace, request.facts)})


def list_(request: Request) -> Outcome:
    """ListChannelNamespaces, without their code."""
    namespaces = request.tables.under(NamespaceRecord, api_of(request).api_id)
    return page(
        request,
        "channelNamespaces",
        namespaces,
        lambda namespace: show(replace(namespace, code_handlers=UNSET), request.facts),
    )


def update(request: Request) -> Outcome:
    """UpdateChannelNamespace: what it does not name is cleared, except the tags."""
    api = api_of(request)
    namespace = _namespace_of(request, api)
    wanted = request.read(_Settings)
    _check(request, api, wanted)
    api = next_version(api)
    namespace = replace(namespace, version=api.namespace_version, last_modified=request.timestamp)
    return _saved(request, api, _with(namespace, wanted))


def delete(request: Request) -> Outcome:
    """DeleteChannelNamespace."""
    return Outcome(DONE, (_namespace_of(request, api_of(request)).remove(),))
