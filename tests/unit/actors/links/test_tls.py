"""Links over TLS, with certificates of the cluster's own CA."""

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.support.link_ends import linked_pair

from eventray_core.link.envelopes import Renew
from eventray_core.members import LinkTls


def self_signed(folder: Path) -> LinkTls:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cluster")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "cert.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return LinkTls(str(certificate_file), str(key_file), str(certificate_file))


async def test_members_with_certificates_hear_each_other(tmp_path: Path) -> None:
    async with linked_pair(tls=self_signed(tmp_path)) as pair:
        pair.session.send(Renew(1))
        await pair.until(lambda: pair.ends.received)


def test_a_missing_file_is_an_error_at_the_start(tmp_path: Path) -> None:
    from eventray_actors.links.tls import client_context

    missing = str(tmp_path / "missing.pem")
    with pytest.raises(FileNotFoundError):
        client_context(LinkTls(missing, missing, missing))
