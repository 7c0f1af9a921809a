from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from tests.support.control_calls import ControlCalls

from eventray_actors.certificate_reader import read_certificate
from eventray_core.control.records import CertificateRecord

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC)


Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Pair:
    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def key_pem(self, encryption: KeySerializationEncryption | None = None) -> str:
        chosen = encryption or NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, chosen).decode()


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issue(subject: str, *names: x509.GeneralName, issuer: Pair | None = None, key: Key | None = None) -> Pair:
    """A certificate for the names, signed by the issuer or by itself."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(issuer.certificate.subject if issuer else name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(END)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Pair(builder.sign(issuer.key if issuer else key, SHA256()), key)


ROOT = issue("root")
LEAF = issue(
    "leaf",
    x509.DNSName("Events.Example.com"),
    x509.DNSName("*.example.com"),
    x509.IPAddress(ip_address("127.0.0.1")),
    issuer=ROOT,
)
OTHER = issue("other", x509.DNSName("other.example.com"))
SHORT = issue("short", x509.DNSName("a.b"), issuer=ROOT, key=rsa.generate_private_key(65_537, 1024))
ODD = issue("odd", x509.DNSName("a.b"), issuer=ROOT, key=ed25519.Ed25519PrivateKey.generate())


def test_a_chain_and_its_key_are_read() -> None:
    contents = read_certificate(f"a comment\n{LEAF.pem}\n{ROOT.pem}", LEAF.key_pem() + LEAF.pem)
    assert contents.names == ("events.example.com", "*.example.com", "127.0.0.1")
    assert (contents.not_before, contents.not_after) == (BEGIN.timestamp(), END.timestamp())
    assert contents.fingerprint == LEAF.certificate.fingerprint(SHA256()).hex()
    assert contents.chain_pem == LEAF.pem + ROOT.pem
    assert contents.key_pem == LEAF.key_pem()


@pytest.mark.parametrize(
    ("chain_pem", "key_pem", "complaint"),
    [
        ("", LEAF.key_pem(), "certificate or its chain"),
        ("x", LEAF.key_pem(), "certificate or its chain"),
        (LEAF.key_pem(), LEAF.key_pem(), "certificate or its chain"),
        (LEAF.pem.replace("M", "N"), LEAF.key_pem(), "certificate or its chain"),
        (LEAF.pem + OTHER.pem, LEAF.key_pem(), "signed by the next"),
        (ROOT.pem + LEAF.pem, ROOT.key_pem(), "signed by the next"),
        (LEAF.pem, "", "private key is not valid"),
        (LEAF.pem, LEAF.pem, "private key is not valid"),
        (LEAF.pem, LEAF.key_pem(BestAvailableEncryption(b"hush")), "password"),
        (LEAF.pem, OTHER.key_pem(), "does not belong"),
        (SHORT.pem, SHORT.key_pem(), "shorter than 2048 bits"),
        (ODD.pem, ODD.key_pem(), "RSA or of an elliptic curve"),
        (ROOT.pem, ROOT.key_pem(), "no subject alternative names"),
    ],
)
def test_what_no_server_could_use_is_refused(chain_pem: str, key_pem: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_certificate(chain_pem, key_pem)


def test_the_management_api_imports_certificates_with_it() -> None:
    calls = ControlCalls(read_certificate=read_certificate)
    body = {"certificate": LEAF.pem, "privateKey": LEAF.key_pem(), "certificateChain": ROOT.pem}
    certificate = calls.good("POST", "/eventray/certificates", body)["certificate"]
    assert certificate["domainNames"] == ["events.example.com", "*.example.com", "127.0.0.1"]
    (kept,) = calls.state.tables.under(CertificateRecord)
    assert (kept.chain_pem, kept.key_pem) == (LEAF.pem + ROOT.pem, LEAF.key_pem())
    assert (
        calls.refused("POST", "/eventray/certificates", {**body, "privateKey": "x"}) == "BadRequestException"
    )
