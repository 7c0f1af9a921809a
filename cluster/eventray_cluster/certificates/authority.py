"""The local authority: what it signs, and what it can never sign, as functions of their arguments.

Its certificate is made to be trusted by people's systems, so it is bound by critical name constraints (RFC
5280, section 4.2.1.10): a stolen key is good for names of the local network only. It signs one further
authority, the issuer, which gateways have, and which ends soon.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOCAL_NAMES = ("localhost", "local")
PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)

ROOT_LIFE = timedelta(days=3650)
ISSUER_LIFE = timedelta(days=180)
"""Leaf certificates live as long as their issuer: less than the 397 days that browsers accept."""
RENEWED_BEFORE = ISSUER_LIFE / 2
BACKDATED = timedelta(hours=1)
"""Clocks of phones and virtual machines are often a little behind."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate that may sign others, with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def ends_within(self, now: datetime, time: timedelta) -> bool:
        """Whether its time is over by then."""
        return self.certificate.not_valid_after_utc - now < time

    def is_valid(self, now: datetime) -> bool:
        """Whether its time has come and is not over."""
        return self.certificate.not_valid_before_utc <= now < self.certificate.not_valid_after_utc


def make_root(suffix: str, host_name: str, now: datetime) -> Signer:
    """A new authority for local names, the names below `suffix`, and this machine's own name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"EventRay local CA {host_name[:32]} {_mark(key)}")
    names = sorted({*LOCAL_NAMES, suffix, *([host_name] if host_name else [])})
    builder = _builder(name, name, key.public_key(), key.public_key(), now, now + ROOT_LIFE)
    builder = _as_authority(builder, _constraints(names), path_length=1)
    return Signer(builder.sign(key, SHA256()), key)


def make_issuer(root: Signer, now: datetime) -> Signer:
    """An authority for the same names as the root, for a short time, that signs no further ones."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"EventRay issuer {_mark(key)}")
    until = min(now + ISSUER_LIFE, root.certificate.not_valid_after_utc)
    constraints = root.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    builder = _builder(subject, root.certificate.subject, key.public_key(), root.key.public_key(), now, until)
    # In the issuer too, since not everything that verifies looks at the constraints of what it trusts.
    builder = _as_authority(builder, constraints, path_length=0)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    return Signer(builder.sign(root.key, SHA256()), key)


def is_issued_by(issuer: Signer, root: Signer) -> bool:
    """Whether the root has signed it."""
    try:
        issuer.certificate.verify_directly_issued_by(root.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def may_sign_below(certificate: x509.Certificate, suffix: str) -> bool:
    """Whether the constraints let names below the suffix through."""
    return any(suffix == name or suffix.endswith("." + name) for name in permitted_names(certificate))


def permitted_names(certificate: x509.Certificate) -> list[str]:
    """The DNS names at or below which the authority may sign; empty if it is not bound, and not ours."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return []
    return [name.value for name in constraints.permitted_subtrees or () if isinstance(name, x509.DNSName)]


def _mark(key: ec.EllipticCurvePrivateKey) -> str:
    """Tells authorities apart where people and browsers see only names."""
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "EventRay"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _constraints(names: Iterable[str]) -> x509.NameConstraints:
    permitted = [*map(x509.DNSName, names), *map(x509.IPAddress, PRIVATE_NETWORKS)]
    return x509.NameConstraints(permitted, None)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    now: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), False)
    )


def _as_authority(
    builder: x509.CertificateBuilder, constraints: x509.NameConstraints, path_length: int
) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), True)
        .add_extension(usage, True)
        .add_extension(constraints, True)
    )
