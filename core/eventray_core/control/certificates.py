"""Certificates for custom domain names: EventRay's own operations.

    ImportCertificate  POST   /eventray/certificates  takes PEM: certificate, privateKey, certificateChain
    GetCertificate     GET    /eventray/certificates/{certificateId}
    ListCertificates   GET    /eventray/certificates?maxResults&nextToken
    DeleteCertificate  DELETE /eventray/certificates/{certificateId}

PEM comes in and is kept; a function that the server supplies reads what is in it. Keys never come out.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from eventray_core.certificates import ServerCertificate
from eventray_core.control.arns import certificate_arn
from eventray_core.control.certificate_contents import CertificateContents
from eventray_core.control.errors import InvalidRequestError, NotFoundError
from eventray_core.control.facts import Facts
from eventray_core.control.ids import new_id
from eventray_core.control.paging import page
from eventray_core.control.records import ApiAssociationRecord, CertificateRecord, DomainNameRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.control.tables import Tables
from eventray_core.dns_name import matches
from eventray_core.shape import Shape

_Pem = Annotated[str, Meta(min_length=1, max_length=100_000)]


class _Import(Shape, frozen=True, kw_only=True):
    certificate: _Pem
    private_key: _Pem
    certificate_chain: _Pem | UnsetType = UNSET
    certificate_arn: str | UnsetType = UNSET


def show(certificate: CertificateRecord, facts: Facts) -> dict[str, Any]:
    """The certificate as lists have it."""
    return {
        "certificateArn": certificate_arn(facts, certificate.certificate_id),
        "certificateId": certificate.certificate_id,
        "domainNames": certificate.names,
        "notBefore": certificate.not_before,
        "notAfter": certificate.not_after,
        "fingerprint": certificate.fingerprint,
        "created": certificate.created,
    }


def import_(request: Request) -> Outcome:
    """ImportCertificate; with `certificateArn` it replaces that certificate, and domain names follow."""
    wanted = request.read(_Import)
    chain_pem = "\n".join(pem.strip() for pem in (wanted.certificate, wanted.certificate_chain) if pem) + "\n"
    contents = _contents(request, chain_pem, wanted.private_key)
    certificate = CertificateRecord(
        certificate_id=_certificate_id(request, wanted.certificate_arn),
        created=request.timestamp,
        names=contents.names,
        not_before=contents.not_before,
        not_after=contents.not_after,
        fingerprint=contents.fingerprint,
        chain_pem=contents.chain_pem,
        key_pem=contents.key_pem,
    )
    return Outcome({"certificate": show(certificate, request.facts)}, (certificate.put(),))


def _contents(request: Request, chain_pem: str, key_pem: str) -> CertificateContents:
    try:
        return request.read_certificate(chain_pem, key_pem)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None


def _certificate_id(request: Request, arn: str | UnsetType) -> str:
    if arn is UNSET:
        return new_id(request.random_bytes)
    certificate_id = arn.rpartition("/")[2]
    known = request.tables.find(CertificateRecord, certificate_id)
    if known is None or certificate_arn(request.facts, certificate_id) != arn:
        raise NotFoundError(f"Certificate {arn} not found.")
    return known.certificate_id


def _certificate_of(request: Request) -> CertificateRecord:
    certificate_id = request.parameter("certificateId")
    certificate = request.tables.find(CertificateRecord, certificate_id)
    if certificate is None:
        raise NotFoundError(f"Certificate {certificate_id} not found.")
    return certificate


def get(request: Request) -> Outcome:
    """GetCertificate, with the chain."""
    certificate = _certificate_of(request)
    members = {**show(certificate, request.facts), "chain": certificate.chain_pem}
    return Outcome({"certificate": members})


def list_(request: Request) -> Outcome:
    """ListCertificates."""
    certificates = request.tables.under(CertificateRecord)
    return page(request, "certificates", certificates, lambda c: show(c, request.facts))


def delete(request: Request) -> Outcome:
    """DeleteCertificate; not while a domain name points at it."""
    certificate = _certificate_of(request)
    arn = certificate_arn(request.facts, certificate.certificate_id)
    for domain in request.tables.under(DomainNameRecord):
        if domain.certificate_arn == arn:
            raise InvalidRequestError(f"Certificate {arn} is used by the domain name {domain.domain_name}.")
    return Outcome(DONE, (certificate.remove(),))


def shown_certificates(tables: Tables, facts: Facts) -> tuple[ServerCertificate, ...]:
    """The certificates that gateways show, each for the domain names that it is to be shown for.

    Only names that lead to an API have one: that of their `certificateArn`, or, if that is none of this
    server's, the latest imported one that covers the name.
    """
    certificates = tables.under(CertificateRecord)
    by_arn = {certificate_arn(facts, c.certificate_id): c for c in certificates}
    names: dict[str, list[str]] = {}
    for association in tables.under(ApiAssociationRecord):
        domain = tables.find(DomainNameRecord, association.key)
        if domain is None:
            continue
        found = by_arn.get(domain.certificate_arn) or _covering(certificates, domain.key)
        if found is not None:
            names.setdefault(found.certificate_id, []).append(domain.key)
    return tuple(_shown(c, names[c.certificate_id]) for c in certificates if c.certificate_id in names)


def _covering(certificates: list[CertificateRecord], name: str) -> CertificateRecord | None:
    covering = (c for c in reversed(certificates) if any(matches(name, pattern) for pattern in c.names))
    return next(covering, None)


def _shown(certificate: CertificateRecord, names: list[str]) -> ServerCertificate:
    return ServerCertificate(tuple(names), certificate.chain_pem.encode(), certificate.key_pem.encode())
