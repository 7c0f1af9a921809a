"""Custom domain names and the APIs they lead to (control-plane specification, section 3.6)."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from eventray_core.control.apis import find_api
from eventray_core.control.arns import domain_name_arn
from eventray_core.control.errors import InvalidRequestError, NotFoundError
from eventray_core.control.facts import Facts
from eventray_core.control.ids import new_id
from eventray_core.control.paging import page
from eventray_core.control.records import ApiAssociationRecord, DomainNameRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.control.tag_shapes import TagMap
from eventray_core.shape import Shape

DomainName = Annotated[
    str, Meta(min_length=1, max_length=253, pattern=r"(?a)^(\*[\w\d-]*\.)?([\w\d-]+\.)+[\w\d-]+\Z")
]
# Whether the certificate is one of this server's is no matter: another may answer for TLS in front of it,
# and the local certificate authority issues what is missing.
CertificateArn = Annotated[
    str,
    Meta(
        min_length=20,
        max_length=2048,
        pattern=r"(?a)^arn:[a-z-]*:(acm|iam):[a-z0-9-]*:\d{12}:(certificate|server-certificate)/[0-9A-Za-z_/-]*\Z",
    ),
]
Description = Annotated[str, Meta(max_length=255, pattern=r"^.*\Z")]

_STANDARD_LABELS = frozenset({"appsync-api", "appsync-realtime-api"})


class _Create(Shape, frozen=True, kw_only=True):
    domain_name: DomainName
    certificate_arn: CertificateArn
    description: Description | UnsetType = UNSET
    tags: TagMap = {}


class _Update(Shape, frozen=True, kw_only=True):
    description: Description | UnsetType = UNSET


class _Associate(Shape, frozen=True, kw_only=True):
    api_id: str


def show(domain: DomainNameRecord, facts: Facts) -> dict[str, Any]:
    """The domain name as answers have it.

    `hostedZoneId` is left out: no zone of Route 53 belongs to this server.
    """
    members = {
        "domainName": domain.domain_name,
        "description": domain.description,
        "certificateArn": domain.certificate_arn,
        "appsyncDomainName": f"{domain.dns_id}.appsync-domain.{facts.region}.{facts.domain_suffix}",
        "tags": domain.tags,
        "domainNameArn": domain_name_arn(facts, domain.domain_name),
    }
    return {name: member for name, member in members.items() if member is not UNSET}


def _domain_of(request: Request) -> DomainNameRecord:
    name = request.parameter("domainName")
    domain = request.tables.find(DomainNameRecord, name.lower())
    if domain is None:
        raise NotFoundError(f"Domain name {name} not found.")
    return domain


def _answer(request: Request, domain: DomainNameRecord) -> dict[str, Any]:
    return {"domainNameConfig": show(domain, request.facts)}


def create(request: Request) -> Outcome:
    """CreateDomainName; names differ by more than case, and none looks like an API's standard host name."""
    wanted = request.read(_Create)
    name = wanted.domain_name.lower()
    if request.tables.find(DomainNameRecord, name) is not None:
        raise InvalidRequestError(f"Domain name {wanted.domain_name} already exists.")
    if name.split(".")[1] in _STANDARD_LABELS:
        raise InvalidRequestError(f"Domain name {wanted.domain_name} is reserved for an API's own host name.")
    most = request.facts.quotas.domain_names
    if request.tables.count(DomainNameRecord) >= most:
        raise InvalidRequestError(f"There may be at most {most} domain names.")
    domain = DomainNameRecord(
        domain_name=wanted.domain_name,
        dns_id=new_id(request.random_bytes),
        created=request.timestamp,
        certificate_arn=wanted.certificate_arn,
        description=wanted.description,
        tags=wanted.tags,
    )
    return Outcome(_answer(request, domain), (domain.put(),))


def get(request: Request) -> Outcome:
    """GetDomainName."""
    return Outcome(_answer(request, _domain_of(request)))


def list_(request: Request) -> Outcome:
    """ListDomainNames."""
    domains = request.tables.under(DomainNameRecord)
    return page(request, "domainNameConfigs", domains, lambda domain: show(domain, request.facts))


def update(request: Request) -> Outcome:
    """UpdateDomainName: only the description changes."""
    domain = _domain_of(request)
    domain = replace(domain, description=request.read(_Update).description)
    return Outcome(_answer(request, domain), (domain.put(),))


def delete(request: Request) -> Outcome:
    """DeleteDomainName; not while it leads to an API."""
    domain = _domain_of(request)
    if request.tables.find(ApiAssociationRecord, domain.key) is not None:
        raise InvalidRequestError(f"Domain name {domain.domain_name} is associated with an API.")
    return Outcome(DONE, (domain.remove(),))


def _show_association(association: ApiAssociationRecord) -> dict[str, Any]:
    members = {
        "domainName": association.domain_name,
        "apiId": association.api_id,
        "associationStatus": "SUCCESS",
    }
    return {"apiAssociation": members}


def _association_of(request: Request) -> ApiAssociationRecord:
    domain = _domain_of(request)
    association = request.tables.find(ApiAssociationRecord, domain.key)
    if association is None:
        raise NotFoundError(f"Domain name {domain.domain_name} is not associated with an API.")
    return association


def associate(request: Request) -> Outcome:
    """AssociateApi, effective at once; a name that led to another API leads to this one from now on."""
    domain = _domain_of(request)
    api = find_api(request, request.read(_Associate).api_id)
    association = ApiAssociationRecord(
        domain_name=domain.domain_name, api_id=api.api_id, created=request.timestamp
    )
    return Outcome(_show_association(association), (association.put(),))


def get_association(request: Request) -> Outcome:
    """GetApiAssociation."""
    return Outcome(_show_association(_association_of(request)))


def disassociate(request: Request) -> Outcome:
    """DisassociateApi."""
    return Outcome(DONE, (_association_of(request).remove(),))
