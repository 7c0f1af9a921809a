"""Certificates for tests: a local authority in a folder, and ones that somebody else has signed."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from eventray_cluster.certificates.folder import ca_file
from eventray_cluster.certificates.source import OpenCertificatesAt
from eventray_core.catalog import Catalog
from eventray_core.certificates import Certificates
from eventray_gateway.tls.chooser import CertificateChooser

REGION = "us-east-1"


def authority(data_dir: Path, suffix: str = "localhost") -> Certificates:
    """What a new authority in the folder gives to gateways."""
    return OpenCertificatesAt(data_dir, suffix)().read()


def chooser_of(certificates: Certificates, catalog: Catalog | None = None) -> CertificateChooser:
    """A gateway's choice of them."""
    apis = catalog or Catalog()
    chooser = CertificateChooser("localhost", REGION, lambda: apis)
    chooser.change(certificates)
    return chooser


def trusting(data_dir: Path) -> ssl.SSLContext:
    """A client's trust in the authority of that folder, and in nothing else."""
    return ssl.create_default_context(cafile=ca_file(data_dir))


def write_given(
    folder: Path, *names: str, end: datetime | None = None, key: ec.EllipticCurvePrivateKey | None = None
) -> tuple[Path, Path]:
    """A self-signed certificate for the names, in two files: it, and its key."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "given")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=100))
        .not_valid_after(end or now + timedelta(days=100))
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternatives, critical=False)
    folder.mkdir(exist_ok=True)
    certificate_file, key_file = folder / "given.pem", folder / "given-key.pem"
    certificate_file.write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_file, key_file
