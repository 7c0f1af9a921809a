"""Event APIs (control-plane specification, sections 3.1 and 4.1)."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from eventray_core.control.arns import api_arn
from eventray_core.control.errors import NotFoundError, ServiceQuotaExceededError
from eventray_core.control.event_config import check_event_config
from eventray_core.control.facts import Facts
from eventray_core.control.ids import new_id
from eventray_core.control.paging import page
from eventray_core.control.records import (
    ApiAssociationRecord,
    ApiKeyRecord,
    ApiRecord,
    DataSourceRecord,
    EventConfig,
    NamespaceRecord,
    Record,
)
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.control.tag_shapes import TagMap
from eventray_core.shape import Shape

ApiName = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9_\- ]+\Z")]


class _Create(Shape, frozen=True, kw_only=True):
    name: ApiName
    event_config: EventConfig
    # AWS documents a pattern for what it returns, but takes e-mail addresses.
    owner_contact: str | UnsetType = UNSET
    tags: TagMap = {}


class _Update(Shape, frozen=True, kw_only=True):
    name: ApiName
    event_config: EventConfig
    owner_contact: str | UnsetType = UNSET


def api_of(request: Request) -> ApiRecord:
    """The API that the path names; raises `NotFoundError`."""
    return find_api(request, request.parameter("apiId"))


def find_api(request: Request, api_id: str) -> ApiRecord:
    """The API of that id; raises `NotFoundError`."""
    api = request.tables.find(ApiRecord, api_id)
    if api is None:
        raise NotFoundError(f"API {api_id} not found.")
    return api


def show(api: ApiRecord, facts: Facts) -> dict[str, Any]:
    """The API as answers have it."""
    dns = {
        "HTTP": facts.host(f"{api.dns_id}.appsync-api.{facts.region}"),
        "REALTIME": facts.host(f"{api.dns_id}.appsync-realtime-api.{facts.region}"),
    }
    members = {
        "apiId": api.api_id,
        "name": api.name,
        "ownerContact": api.owner_contact,
        "tags": api.tags,
        "dns": dns,
        "apiArn": api_arn(facts, api.api_id),
        "created": api.created,
        "xrayEnabled": False,
        "eventConfig": api.event_config,
    }
    return {name: member for name, member in members.items() if member is not UNSET}


def create(request: Request) -> Outcome:
    """CreateApi: no namespace and no key come with it."""
    wanted = request.read(_Create)
    check_event_config(wanted.event_config, request.facts)
    most = request.facts.quotas.apis
    if request.tables.count(ApiRecord) >= most:
        raise ServiceQuotaExceededError(f"There may be at most {most} APIs.")
    api = ApiRecord(
        api_id=new_id(request.random_bytes),
        dns_id=new_id(request.random_bytes),
        created=request.timestamp,
        name=wanted.name,
        event_config=wanted.event_config,
        owner_contact=wanted.owner_contact,
        tags=wanted.tags,
    )
    return Outcome({"api": show(api, request.facts)}, (api.put(),))


def get(request: Request) -> Outcome:
    """GetApi."""
    return Outcome({"api": show(api_of(request), request.facts)})


def list_(request: Request) -> Outcome:
    """ListApis, whole APIs."""
    return page(request, "apis", request.tables.under(ApiRecord), lambda api: show(api, request.facts))


def list_graphql(_request: Request) -> Outcome:
    """ListGraphqlApis: there are none, and whoever looks for them goes on."""
    return Outcome({"graphqlApis": []})


def update(request: Request) -> Outcome:
    """UpdateApi: what it does not name is cleared, except the tags.

    Namespaces may name a provider that is gone: a deployment changes the API before its namespaces.
    Nobody gets in by such a mode.
    """
    api = api_of(request)
    wanted = request.read(_Update)
    check_event_config(wanted.event_config, request.facts)
    api = replace(api, name=wanted.name, event_config=wanted.event_config, owner_contact=wanted.owner_contact)
    return Outcome({"api": show(api, request.facts)}, (api.put(),))


def delete(request: Request) -> Outcome:
    """DeleteApi: everything below it goes too; custom domain names stay, leading nowhere."""
    api = api_of(request)
    tables = request.tables
    below: list[Record] = [
        *tables.under(NamespaceRecord, api.api_id),
        *tables.under(ApiKeyRecord, api.api_id),
        *tables.under(DataSourceRecord, api.api_id),
        *(a for a in tables.under(ApiAssociationRecord) if a.api_id == api.api_id),
    ]
    return Outcome(DONE, (*(record.remove() for record in below), api.remove()))
