"""Certificates that people give by file: read, checked, and told what is wrong with them."""

import logging
import ssl
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from eventray_cluster.data_dir import DataDirectoryError
from eventray_core.certificates import ServerCertificate
from eventray_gateway.tls.contexts import make_context

logger = logging.getLogger(__name__)


class GivenCertificateError(DataDirectoryError):
    """The certificate or key cannot be used; the text is one sentence that says why."""


def check_pair(certificate: Path | None, key: Path | None) -> tuple[Path | None, Path | None]:
    """Both, or neither; raises `GivenCertificateError` otherwise."""
    if (certificate is None) != (key is None):
        given, missing = ("--tls-cert", "--tls-key") if key is None else ("--tls-key", "--tls-cert")
        raise GivenCertificateError(f"{given} is given without {missing}, but a certificate needs its key.")
    return certificate, key


def read_given(certificate: Path, key: Path, now: datetime) -> ServerCertificate:
    """The certificate with its chain, and its key; the default for names that nothing else is good for.

    Raises `GivenCertificateError`. That it has ended is only told in the log: refusing to start would help
    nobody whose renewal is late.
    """
    chain_pem, key_pem = _content(certificate, "certificate"), _content(key, "key")
    try:
        chain = x509.load_pem_x509_certificates(chain_pem)
    except ValueError:
        raise GivenCertificateError(f"The file {certificate} holds no certificate in PEM.") from None
    begin, end = chain[0].not_valid_before_utc, chain[0].not_valid_after_utc
    if not begin <= now < end:
        logger.warning("the certificate %s is valid from %s to %s only", certificate, begin, end)
    # Written anew, since a file may hold more than its name says: both, one behind the other, for one.
    read = ServerCertificate(
        names=_names(chain[0], certificate),
        chain=b"".join(each.public_bytes(Encoding.PEM) for each in chain),
        key=_key(chain[0], key_pem, certificate, key),
        is_default=True,
    )
    _try_out(read, certificate)
    return read


def _content(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise GivenCertificateError(f"The {what} {path} cannot be read: {error.strerror}.") from None


def _key(certificate: x509.Certificate, pem: bytes, certificate_path: Path, path: Path) -> bytes:
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise GivenCertificateError(f"The key {path} needs a password, which EventRay cannot give.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise GivenCertificateError(f"The file {path} holds no private key in PEM.") from None
    if key.public_key() != certificate.public_key():
        raise GivenCertificateError(
            f"The key {path} does not belong to the first certificate of {certificate_path}."
        )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _try_out(read: ServerCertificate, path: Path) -> None:
    try:
        make_context(read.chain + read.key)
    except ssl.SSLError as error:
        raise GivenCertificateError(
            f"The certificate {path} cannot be used for TLS: {error.reason or error}."
        ) from None


def _names(certificate: x509.Certificate, path: Path) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise GivenCertificateError(
            f"The certificate {path} has no subject alternative names, so no client would accept it."
        ) from None
    dns = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    return (*dns, *map(str, names.get_values_for_type(x509.IPAddress)))
