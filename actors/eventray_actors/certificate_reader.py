"""Reads certificates that are imported through the management API."""

from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from eventray_core.control.certificate_contents import CertificateContents

MIN_RSA_BITS = 2048
"""OpenSSL serves with no shorter key."""


def read_certificate(chain_pem: str, key_pem: str) -> CertificateContents:
    """What `ReadCertificate` promises, for certificates and keys that TLS servers use."""
    chain = _chain(chain_pem)
    leaf = chain[0]
    return CertificateContents(
        chain_pem="".join(each.public_bytes(Encoding.PEM).decode() for each in chain),
        key_pem=_key(leaf, key_pem),
        names=_names(leaf),
        not_before=leaf.not_valid_before_utc.timestamp(),
        not_after=leaf.not_valid_after_utc.timestamp(),
        fingerprint=leaf.fingerprint(SHA256()).hex(),
    )


def _chain(pem: str) -> list[x509.Certificate]:
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise ValueError("The certificate or its chain is not valid PEM.") from None
    for child, parent in pairwise(chain):
        try:
            child.verify_directly_issued_by(parent)
        except (ValueError, TypeError, InvalidSignature):
            raise ValueError(
                "In the certificate chain each certificate must be signed by the next."
            ) from None
    return chain


def _key(leaf: x509.Certificate, pem: str) -> str:
    """The key anew, since the text may hold more than a key."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except TypeError:
        raise ValueError("The private key must not need a password.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("The private key is not valid PEM.") from None
    if key.public_key() != _public_key(leaf):
        raise ValueError("The private key does not belong to the certificate.")
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise ValueError("The private key must be one of RSA or of an elliptic curve.")
    if isinstance(key, RSAPrivateKey) and key.key_size < MIN_RSA_BITS:
        raise ValueError(f"The private key is shorter than {MIN_RSA_BITS} bits.")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_key(leaf: x509.Certificate) -> object:
    try:
        return leaf.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("The certificate has a key of an unknown type.") from None


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        raise ValueError("The certificate has no subject alternative names: no client accepts it.") from None
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise ValueError("The certificate's extensions cannot be read.") from None
    names = extension.value.get_values_for_type(x509.DNSName)
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    return (*(name.lower() for name in names), *map(str, addresses))
