"""What the authority's signature is worth: as OpenSSL and Python's ssl see it, not as we say."""

import ipaddress
import itertools
import shutil
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from eventray_cluster.certificates.authority import (
    Signer,
    is_issued_by,
    make_issuer,
    make_root,
    may_sign_below,
    permitted_names,
)

_subjects = (f"thief's {number}" for number in itertools.count())

NOW = datetime.now(UTC).replace(microsecond=0)
SUFFIX = "events.example.com"

# Whoever steals the keys can sign anything with them: what follows does that.


def signed(by: Signer, *names: str, authority: bool = False) -> Signer:
    """A certificate for any names at all."""
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = [
        x509.IPAddress(ipaddress.ip_address(name)) if name[-1].isdigit() else x509.DNSName(name)
        for name in names
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, next(_subjects))]))
        .issuer_name(by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(minutes=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False
        )
    )
    if authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return Signer(builder.sign(by.key, SHA256()), key)


def pem(*signers: Signer) -> bytes:
    return b"".join(signer.certificate.public_bytes(Encoding.PEM) for signer in signers)


class ByOpenssl:
    """The command `openssl verify`, as strict as it can be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def accepts(self, root: Signer, between: list[Signer], leaf: Signer) -> bool:
        files = {"root": pem(root), "between": pem(*between), "leaf": pem(leaf)}
        for name, content in files.items():
            (self._folder / name).write_bytes(content)
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-partial_chain"]
        command += ["-CAfile", "root", *(["-untrusted", "between"] if between else []), "leaf"]
        found = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False)
        assert found.returncode == 0 or "verification failed" in found.stderr, found.stderr
        return found.returncode == 0


class ByPython:
    """A TLS handshake in memory, with all that a client of Python's ssl checks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def accepts(self, root: Signer, between: list[Signer], leaf: Signer) -> bool:
        secret = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        shown = self._folder / "shown.pem"
        shown.write_bytes(pem(leaf, *between) + secret)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(shown)
        client = ssl.create_default_context(cadata=pem(root).decode())
        client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        client.check_hostname = False
        return _shake_hands(client, server)


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> bool:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    waiting = True
    while waiting:
        waiting = False
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                waiting = True
            except ssl.SSLCertVerificationError:
                return False
    return True


@pytest.fixture(params=[ByOpenssl, ByPython])
def verifier(request: pytest.FixtureRequest, tmp_path: Path) -> "ByOpenssl | ByPython":
    if request.param is ByOpenssl:
        assert shutil.which("openssl")
    judge: Callable[[Path], ByOpenssl | ByPython] = request.param
    return judge(tmp_path)


@pytest.fixture(scope="module")
def root() -> Signer:
    return make_root(SUFFIX, "workshop", NOW)


@pytest.fixture(scope="module")
def issuer(root: Signer) -> Signer:
    return make_issuer(root, NOW)


@pytest.mark.parametrize(
    "names",
    [
        ("localhost", "127.0.0.1", "::1", "10.0.2.2"),
        ("a.localhost", "abcdefghijklmnopqrstuvwxyz.appsync-api.us-east-1.localhost"),
        ("printer.local",),
        ("workshop",),
        (SUFFIX, f"a.b.{SUFFIX}"),
        ("172.31.255.255", "192.168.1.1", "169.254.0.1", "fd00::1", "fe80::1", "127.9.9.9"),
    ],
)
def test_what_it_may_sign(
    verifier: ByOpenssl | ByPython, root: Signer, issuer: Signer, names: tuple[str, ...]
) -> None:
    assert verifier.accepts(root, [issuer], signed(issuer, *names))
    assert verifier.accepts(root, [], signed(root, *names))


@pytest.mark.parametrize(
    "name",
    [
        *("example.com", "www.example.com", "other-events.example.com", "google.com", "com"),
        *("localhost.com", "mylocalhost", "local.net", "workshop.net"),
        *("8.8.8.8", "172.32.0.0", "11.0.0.1", "192.169.0.1", "2001:db8::1", "::2", "fec0::1"),
    ],
)
def test_what_nobody_accepts_from_it(
    verifier: ByOpenssl | ByPython, root: Signer, issuer: Signer, name: str
) -> None:
    assert not verifier.accepts(root, [issuer], signed(issuer, name))
    assert not verifier.accepts(root, [issuer], signed(issuer, "localhost", name))
    assert not verifier.accepts(root, [], signed(root, name))


def test_the_issuer_is_bound_even_where_it_is_trusted_itself(
    verifier: ByOpenssl | ByPython, issuer: Signer
) -> None:
    assert verifier.accepts(issuer, [], signed(issuer, "localhost"))
    assert not verifier.accepts(issuer, [], signed(issuer, "google.com"))


def test_the_issuer_makes_no_further_authorities(
    verifier: ByOpenssl | ByPython, root: Signer, issuer: Signer
) -> None:
    further, allowed = signed(issuer, authority=True), signed(root, authority=True)
    assert not verifier.accepts(root, [further, issuer], signed(further, "localhost"))
    assert verifier.accepts(root, [allowed], signed(allowed, "localhost"))


def test_its_names() -> None:
    assert permitted_names(make_root("localhost", "", NOW).certificate) == ["local", "localhost"]
    assert permitted_names(make_root("a.b", "host", NOW).certificate) == ["a.b", "host", "local", "localhost"]


@pytest.mark.parametrize(
    ("suffix", "may"), [(SUFFIX, True), (f"a.{SUFFIX}", True), ("test", False), ("example.com", False)]
)
def test_suffixes(root: Signer, suffix: str, may: bool) -> None:
    assert may_sign_below(root.certificate, suffix) is may


def test_a_certificate_without_constraints_is_not_ours(root: Signer) -> None:
    other = signed(root, "localhost", authority=True)
    assert permitted_names(other.certificate) == []
    assert not may_sign_below(other.certificate, "localhost")


def test_how_long_they_live(root: Signer, issuer: Signer) -> None:
    life = issuer.certificate.not_valid_after_utc - issuer.certificate.not_valid_before_utc
    assert life <= timedelta(days=397)
    assert issuer.is_valid(NOW)
    assert issuer.is_valid(NOW - timedelta(minutes=59))
    assert not issuer.is_valid(NOW + timedelta(days=180))
    assert issuer.ends_within(NOW, timedelta(days=181))
    assert not issuer.ends_within(NOW, timedelta(days=180))
    last = make_issuer(root, NOW + timedelta(days=3600))
    assert last.certificate.not_valid_after_utc == root.certificate.not_valid_after_utc


def test_who_has_signed(root: Signer, issuer: Signer) -> None:
    other = make_root(SUFFIX, "workshop", NOW)
    assert is_issued_by(issuer, root)
    assert not is_issued_by(issuer, other)
    same_name = Signer(root.certificate, other.key)
    assert not is_issued_by(make_issuer(same_name, NOW), root)


def test_two_authorities_can_be_told_apart() -> None:
    subjects = {make_root(SUFFIX, "workshop", NOW).certificate.subject for _ in range(3)}
    assert len(subjects) == 3
