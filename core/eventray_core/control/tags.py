"""Tags of APIs, channel namespaces and domain names, by ARN (control-plane specification, section 3.5)."""

import re

import msgspec
from msgspec.structs import replace

from eventray_core.control.arns import resource_path
from eventray_core.control.errors import InvalidRequestError, NotFoundError
from eventray_core.control.records import ApiRecord, DomainNameRecord, NamespaceRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.control.tag_shapes import TagKeys, TagMap
from eventray_core.shape import Shape

Tagged = ApiRecord | NamespaceRecord | DomainNameRecord

_ARN = re.compile(r"arn:[^:\s]+:[^:\s]+:[^:\s]*:\d{12}:\S+")
_API = re.compile(r"apis/([^/]+)")
_NAMESPACE = re.compile(r"apis/([^/]+)/channelNamespace/([^/]+)")
_DOMAIN_NAME = re.compile(r"domainnames/([^/]+)")


class _Tags(Shape, frozen=True, kw_only=True):
    tags: TagMap


def _resource_of(request: Request) -> Tagged:
    arn = request.parameter("resourceArn")
    if not _ARN.fullmatch(arn):
        raise InvalidRequestError(f"{arn} is not an ARN.")
    resource = _find(request, resource_path(request.facts, arn) or "")
    if resource is None:
        raise NotFoundError(f"Resource {arn} not found.")
    return resource


def _find(request: Request, path: str) -> Tagged | None:
    tables = request.tables
    if found := _API.fullmatch(path):
        return tables.find(ApiRecord, found[1])
    if found := _NAMESPACE.fullmatch(path):
        return tables.find(NamespaceRecord, f"{found[1]}/{found[2]}")
    if found := _DOMAIN_NAME.fullmatch(path):
        return tables.find(DomainNameRecord, found[1].lower())
    return None


def _tagged(resource: Tagged, tags: dict[str, str]) -> Outcome:
    return Outcome(DONE, (replace(resource, tags=tags).put(),))


def tag(request: Request) -> Outcome:
    """TagResource: adds tags, and replaces those of the same keys."""
    resource = _resource_of(request)
    tags = {**resource.tags, **request.read(_Tags).tags}
    most = request.facts.quotas.tags_per_resource
    if len(tags) > most:
        raise InvalidRequestError(f"A resource may have at most {most} tags.")
    return _tagged(resource, tags)


def untag(request: Request) -> Outcome:
    """UntagResource; keys that the resource does not have are no matter."""
    resource = _resource_of(request)
    try:
        keys = msgspec.convert(request.values("tagKeys"), TagKeys)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(f"Value at 'tagKeys' is not valid: {error}") from None
    return _tagged(resource, {key: value for key, value in resource.tags.items() if key not in keys})


def list_(request: Request) -> Outcome:
    """ListTagsForResource."""
    return Outcome({"tags": _resource_of(request).tags})
