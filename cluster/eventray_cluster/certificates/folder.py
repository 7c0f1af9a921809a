"""Where the local authority is kept: `tls` in the data directory, which its keys never leave."""

import contextlib
import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from eventray_cluster.certificates.authority import (
    RENEWED_BEFORE,
    Signer,
    is_issued_by,
    make_issuer,
    make_root,
    may_sign_below,
    permitted_names,
)
from eventray_cluster.data_dir import DataDirectoryError, private_file
from eventray_core.certificates import Issuer

logger = logging.getLogger(__name__)

FOLDER = "tls"
CA_FILE = "ca.pem"
CA_KEY_FILE = "ca-key.pem"
ISSUER_FILE = "issuer.pem"
"""The issuer's certificate and key together. Kept, so that a restarted server shows the same certificates."""
LOCK_FILE = "lock"

START_ANEW = "To have a new one made, `eventray trust --remove` it, remove that folder, and start again."


class AuthorityError(DataDirectoryError):
    """The local authority cannot be used; the text says why, and what to do."""


def ca_file(data_dir: Path) -> Path:
    """The authority's certificate, which clients may trust."""
    return data_dir / FOLDER / CA_FILE


def open_authority(data_dir: Path, suffix: str, host_name: str, now: datetime) -> Issuer:
    """The issuer of the authority in the data directory, both made or renewed if it is time for that.

    May be called by several processes at once. Raises `AuthorityError` when the authority is damaged, has
    ended, or may not sign names below the suffix: what people trust is replaced at their wish only.
    """
    folder = data_dir / FOLDER
    with _locked(folder):
        root = _root(folder, suffix, host_name, now)
        issuer = _issuer(folder, root, now)
    return Issuer(_pem(root.certificate), _pem(issuer.certificate), _key_pem(issuer.key))


def _root(folder: Path, suffix: str, host_name: str, now: datetime) -> Signer:
    certificate, key = folder / CA_FILE, folder / CA_KEY_FILE
    if not certificate.exists() and not key.exists():
        root = make_root(suffix, host_name, now)
        _write(key, _key_pem(root.key), 0o600)
        _write(certificate, _pem(root.certificate), 0o644)
        logger.info("made a certificate authority for %s", ", ".join(permitted_names(root.certificate)))
        return root
    private_mode(key)
    root = _read(certificate, key)
    _check(root, folder, suffix, now)
    return root


def _check(root: Signer, folder: Path, suffix: str, now: datetime) -> None:
    certificate = root.certificate
    if not root.is_valid(now):
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        raise AuthorityError(
            f"The certificate authority in {folder} is valid from {begin:%Y-%m-%d} to {end:%Y-%m-%d}, "
            f"and today is {now:%Y-%m-%d}. {START_ANEW}"
        )
    if not may_sign_below(certificate, suffix):
        names = ", ".join(permitted_names(certificate)) or "other names"
        raise AuthorityError(
            f"The certificate authority in {folder} was made for {names} and cannot sign names below "
            f"{suffix}. {START_ANEW}"
        )


def _issuer(folder: Path, root: Signer, now: datetime) -> Signer:
    path = folder / ISSUER_FILE
    kept = None
    with contextlib.suppress(AuthorityError):
        kept = _read(path, path)
    if kept is not None and is_issued_by(kept, root) and kept.is_valid(now):
        ends = kept.certificate.not_valid_after_utc
        is_renewable = ends < root.certificate.not_valid_after_utc
        if not (is_renewable and kept.ends_within(now, RENEWED_BEFORE)):
            return kept
    issuer = make_issuer(root, now)
    _write(path, _pem(issuer.certificate) + _key_pem(issuer.key), 0o600)
    logger.info("signed an issuer of certificates until %s", issuer.certificate.not_valid_after_utc)
    return issuer


def _read(certificate: Path, key: Path) -> Signer:
    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = load_pem_private_key(key.read_bytes(), None)
    except OSError as error:
        raise AuthorityError(
            f"The certificate authority's file {error.filename} cannot be read: {error.strerror}."
        ) from None
    except (ValueError, TypeError):
        raise AuthorityError(
            f"The certificate authority in {certificate.parent} is damaged. {START_ANEW}"
        ) from None
    if not isinstance(secret, ec.EllipticCurvePrivateKey) or secret.public_key() != read.public_key():
        raise AuthorityError(
            f"The certificate {certificate} and the key {key} do not belong together. {START_ANEW}"
        )
    return Signer(read, secret)


def private_mode(path: Path) -> None:
    """Let only the owner read the file."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_mode & 0o077:
            logger.warning("other users could read %s; now they cannot", path)
            path.chmod(0o600)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise AuthorityError(f"The folder {folder} cannot be made: {error.strerror}.") from None
    descriptor = private_file(folder / LOCK_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes, mode: int) -> None:
    """All of it or nothing."""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise AuthorityError(f"The file {path} cannot be written: {error.strerror}.") from None


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
