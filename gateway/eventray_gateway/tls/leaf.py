"""Certificates for local names, signed when they are needed.

A leaf is a function of its issuer and its names, key and signature included. So all gateways show the same
one, before and after a restart, and a browser's user who has accepted it once is not asked again.
"""

import hashlib
import ipaddress
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from eventray_core.certificates import Issuer
from eventray_core.dns_name import is_below

MAX_COMMON_NAME = 64
_NETWORKS = (ipaddress.IPv4Network, ipaddress.IPv6Network)
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def end_of(chain: bytes) -> float:
    """When the first certificate of a chain in PEM ends, in seconds since 1970."""
    return x509.load_pem_x509_certificates(chain)[0].not_valid_after_utc.timestamp()


class LeafSigner:
    """Signs for one issuer. Its leaves live exactly as long as the issuer does."""

    def __init__(self, issuer: Issuer) -> None:
        self._chain = issuer.certificate
        self._certificate = x509.load_pem_x509_certificate(issuer.certificate)
        key = load_pem_private_key(issuer.key, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the issuer's key is not of the expected kind")
        self._key = key
        self._leaf_key = _derived_key(key)
        self._leaf_key_pem = self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        constraints = self._certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        permitted = constraints.permitted_subtrees or []
        self._domains = [each.value for each in permitted if isinstance(each, x509.DNSName)]
        self._networks = [
            each.value
            for each in permitted
            if isinstance(each, x509.IPAddress) and isinstance(each.value, _NETWORKS)
        ]

    def may_sign(self, name: str) -> bool:
        """Whether the issuer's constraints let a DNS name or an IP address through."""
        address = _address(name)
        if address is not None:
            return any(address in network for network in self._networks)
        return any(is_below(name, domain) for domain in self._domains)

    def sign(self, names: Iterable[str]) -> bytes:
        """A certificate for DNS names and IP addresses, its chain and its key, in PEM.

        Names that the issuer may not sign are left out: one of them would make the whole invalid.
        """
        good = [name for name in dict.fromkeys(names) if self.may_sign(name)]
        if not good:
            raise ValueError("none of the names may be signed")
        leaf = self._builder(good).sign(self._key, SHA256(), ecdsa_deterministic=True)
        return leaf.public_bytes(Encoding.PEM) + self._chain + self._leaf_key_pem

    def _builder(self, names: list[str]) -> x509.CertificateBuilder:
        issuer = self._certificate
        return (
            x509.CertificateBuilder()
            .subject_name(_subject(names[0]))
            .issuer_name(issuer.subject)
            .public_key(self._leaf_key.public_key())
            .serial_number(self._serial(names))
            .not_valid_before(issuer.not_valid_before_utc)
            .not_valid_after(issuer.not_valid_after_utc)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
            .add_extension(_USAGE, True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._leaf_key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False)
        )

    def _serial(self, names: list[str]) -> int:
        text = "\n".join([str(self._certificate.serial_number), *names])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:19], "big") + 1


_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _derived_key(key: ec.EllipticCurvePrivateKey) -> ec.EllipticCurvePrivateKey:
    """A key that only those who have the issuer's can know; 16 bytes more than needed, against bias."""
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    derived = HKDF(SHA256(), length=48, salt=None, info=b"eventray leaf key").derive(secret)
    return ec.derive_private_key(int.from_bytes(derived, "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def _subject(name: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "EventRay")]
    if len(name) <= MAX_COMMON_NAME:
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    return x509.Name(parts)


def _general_name(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
