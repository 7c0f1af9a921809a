"""Certificates that people give by file: read, checked, and told what is wrong with them."""

import logging
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from eventray_cluster.data_dir import DataDirectoryError
from eventray_core.certificates import ServerCertificate

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
    _check_key(chain[0], key_pem, certificate, key)
    begin, end = chain[0].not_valid_before_utc, chain[0].not_valid_after_utc
    if not begin <= now < end:
        logger.warning("the certificate %s is valid from %s to %s only", certificate, begin, end)
    return ServerCertificate(_names(chain[0], certificate), chain_pem, key_pem, is_default=True)


def _content(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise GivenCertificateError(f"The {what} {path} cannot be read: {error.strerror}.") from None


def _check_key(certificate: x509.Certificate, pem: bytes, certificate_path: Path, path: Path) -> None:
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise GivenCertificateError(f"The key {path} needs a password, which EventRay cannot give.") from None
    except ValueError:
        raise GivenCertificateError(f"The file {path} holds no private key in PEM.") from None
    if key.public_key() != certificate.public_key():
        raise GivenCertificateError(
            f"The key {path} does not belong to the first certificate of {certificate_path}."
        )


def _names(certificate: x509.Certificate, path: Path) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise GivenCertificateError(
            f"The certificate {path} has no subject alternative names, so no client would accept it."
        ) from None
    dns = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    return (*dns, *map(str, names.get_values_for_type(x509.IPAddress)))
