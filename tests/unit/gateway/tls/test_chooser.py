"""Which certificate is shown, seen by clients that shake hands in memory."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from tests.support.certificates import REGION, authority, write_given

from eventray_cluster.certificates.given import read_given
from eventray_core.api import Api
from eventray_core.catalog import Catalog
from eventray_core.certificates import Certificates, ServerCertificate
from eventray_gateway.tls import chooser as module
from eventray_gateway.tls.chooser import CertificateChooser, Supply

DNS_ID = "abcdefghijklmnopqrstuvwxyz"
LOCAL = ("localhost", "127.0.0.1", "::1", "10.0.2.2", "workshop.local", "192.168.1.5", "8.8.8.8")
LOOPBACK, OUTSIDE = "127.0.0.1", "203.0.113.7"
SUFFIX = "localhost"


class Surroundings:
    """What changes around a gateway."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.names: tuple[str, ...] = LOCAL
        self.looks = 0
        api = Api(
            api_id="api1", name="a", dns_id=DNS_ID, created=1, custom_domains=("Own.box.local", "own.test")
        )
        self.catalog = Catalog(1, [api])

    def local_names(self) -> tuple[str, ...]:
        self.looks += 1
        return self.names


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return authority(tmp_path_factory.mktemp("data"))


@pytest.fixture
def chooser(around: Surroundings, local: Certificates) -> CertificateChooser:
    made = CertificateChooser(SUFFIX, REGION, lambda: around.catalog, around.local_names, lambda: around.now)
    made.change(local)
    return made


@pytest.fixture
def given(tmp_path: Path) -> ServerCertificate:
    return read_given(*write_given(tmp_path, "api.example.com", "*.example.com"), datetime.now(UTC))


def shown(chooser: CertificateChooser, name: str | None, here: str = LOOPBACK) -> x509.Certificate:
    """The certificate that a client sees."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        chooser.begin(here).wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    der = ends[0].getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def names(certificate: x509.Certificate) -> tuple[str, ...]:
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(name.value) for name in alternatives)


LOCAL_LEAF = LOCAL[:-1]
"""Without the address that the authority may not sign."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, LOCAL_LEAF),
        ("localhost", LOCAL_LEAF),
        ("LocalHost.", LOCAL_LEAF),
        ("workshop.local", LOCAL_LEAF),
        (f"{DNS_ID}.appsync-api.{REGION}.localhost", None),
        (f"{DNS_ID}.appsync-realtime-api.{REGION}.localhost", None),
        (f"api1.appsync-api.{REGION}.localhost", None),
        (f"nobody.appsync-api.{REGION}.localhost", None),
        ("anything.localhost", None),
        ("a.b.c.localhost", None),
        ("own.box.local", None),
        ("own.test", LOCAL_LEAF),
        ("stranger.local", LOCAL_LEAF),
        ("example.com", LOCAL_LEAF),
        ("xlocalhost", LOCAL_LEAF),
    ],
)
def test_the_local_authority(
    chooser: CertificateChooser, name: str | None, expected: tuple[str, ...] | None
) -> None:
    for _ in range(2):
        assert names(shown(chooser, name)) == (expected or (name,))


def test_no_wildcard_is_ever_signed(chooser: CertificateChooser) -> None:
    for name in ("*.localhost", "x.localhost", "localhost"):
        assert not [each for each in names(shown(chooser, name)) if "*" in each]


def test_the_root_can_be_told(chooser: CertificateChooser, local: Certificates, around: Surroundings) -> None:
    assert local.issuer is not None
    assert chooser.root == local.issuer.root
    assert CertificateChooser(SUFFIX, REGION, lambda: around.catalog).root is None


def test_before_there_are_certificates_nothing_can_begin(around: Surroundings) -> None:
    with pytest.raises(RuntimeError):
        CertificateChooser(SUFFIX, REGION, lambda: around.catalog).begin(LOOPBACK)


@pytest.mark.parametrize(
    ("name", "here", "expected"),
    [
        ("api.example.com", OUTSIDE, "given"),
        ("www.example.com", LOOPBACK, "given"),
        ("a.b.example.com", OUTSIDE, "given"),
        ("unknown.net", OUTSIDE, "given"),
        ("unknown.net", LOOPBACK, "given"),
        (None, OUTSIDE, "given"),
        (None, LOOPBACK, "local"),
        ("localhost", OUTSIDE, "local"),
        ("localhost", LOOPBACK, "local"),
    ],
)
def test_beside_a_given_certificate(
    chooser: CertificateChooser,
    local: Certificates,
    given: ServerCertificate,
    name: str | None,
    here: str,
    expected: str,
) -> None:
    chooser.change(Certificates(local.issuer, (given,)))
    certificate = shown(chooser, name, here)
    assert names(certificate) == {"given": given.names, "local": LOCAL_LEAF}[expected]


def test_a_given_certificate_alone(chooser: CertificateChooser, given: ServerCertificate) -> None:
    chooser.change(Certificates(None, (given,)))
    for name in ("api.example.com", "localhost", "x.localhost", None):
        assert names(shown(chooser, name)) == given.names
    assert chooser.root is None


def test_one_for_the_exact_name_beats_a_wildcard_and_imported_ones_are_nobodys_default(
    chooser: CertificateChooser, local: Certificates, given: ServerCertificate, tmp_path: Path
) -> None:
    other = read_given(*write_given(tmp_path / "o", "www.example.com"), datetime.now(UTC))
    imported = msgspec.structs.replace(other, is_default=False)
    chooser.change(Certificates(local.issuer, (given, imported)))
    assert names(shown(chooser, "www.example.com")) == ("www.example.com",)
    assert names(shown(chooser, "x.example.com")) == given.names
    chooser.change(Certificates(local.issuer, (imported,)))
    assert names(shown(chooser, "unknown.net", OUTSIDE)) == LOCAL_LEAF


def test_a_change_is_seen_by_the_next(
    chooser: CertificateChooser, local: Certificates, tmp_path: Path
) -> None:
    old = shown(chooser, "localhost"), shown(chooser, "x.localhost")
    chooser.change(local)
    assert (shown(chooser, "localhost"), shown(chooser, "x.localhost")) == old
    chooser.change(authority(tmp_path))
    new = shown(chooser, "localhost"), shown(chooser, "x.localhost")
    assert not set(new) & set(old)
    assert [names(each) for each in new] == [names(each) for each in old]


def test_what_cannot_be_used_changes_nothing(chooser: CertificateChooser, given: ServerCertificate) -> None:
    before = shown(chooser, "localhost")
    with pytest.raises(ssl.SSLError):
        chooser.change(Certificates(None, (msgspec.structs.replace(given, key=b""),)))
    assert shown(chooser, "localhost") == before


def test_an_imported_one_that_cannot_be_used_is_left_out(
    chooser: CertificateChooser,
    given: ServerCertificate,
    local: Certificates,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad = ServerCertificate(("bad.example.com",), given.chain, b"")
    chooser.change(Certificates(local.issuer, (bad, given)))
    assert "api.example.com" in names(shown(chooser, "bad.example.com"))
    assert caplog.messages[0].startswith("the certificate for bad.example.com cannot be used")


def test_the_end_of_what_is_shown_can_be_told(
    chooser: CertificateChooser, given: ServerCertificate, local: Certificates
) -> None:
    end = shown(chooser, "localhost").not_valid_after_utc.timestamp()
    assert chooser.expiries == {"local authority": end}
    chooser.change(Certificates(None, (given,)))
    end = shown(chooser, "api.example.com").not_valid_after_utc.timestamp()
    assert chooser.expiries == {"api.example.com": end, "*.example.com": end}


def test_a_machine_that_moves_gets_a_certificate_for_where_it_is(
    chooser: CertificateChooser, around: Surroundings
) -> None:
    before = shown(chooser, None)
    around.names = (*LOCAL, "10.9.8.7")
    assert shown(chooser, None) == before
    around.now += 5
    assert names(shown(chooser, None)) == (*LOCAL_LEAF, "10.9.8.7")
    around.names = LOCAL
    around.now += 5
    assert shown(chooser, None) == before


def test_interfaces_are_looked_at_now_and_then_only(
    chooser: CertificateChooser, around: Surroundings
) -> None:
    for _ in range(10):
        shown(chooser, None)
    assert around.looks == 1


def test_a_custom_domain_that_is_given_later_gets_its_certificate(
    chooser: CertificateChooser, around: Surroundings
) -> None:
    assert names(shown(chooser, "late.box.local")) == LOCAL_LEAF
    api = Api(api_id="api2", name="b", dns_id="b", created=2, custom_domains=("late.box.local",))
    around.catalog.take(2, False, [api])
    assert names(shown(chooser, "late.box.local")) == ("late.box.local",)


def test_strangers_cannot_have_a_certificate_each(
    chooser: CertificateChooser, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    chooser._supply = Supply(5, 1.0, lambda: around.now)
    apis_own = f"{DNS_ID}.appsync-api.{REGION}.localhost"
    kept = shown(chooser, apis_own)
    seen = [names(shown(chooser, f"x{number}.localhost")) for number in range(8)]
    assert seen == [(f"x{number}.localhost",) for number in range(5)] + [LOCAL_LEAF] * 3
    assert len(chooser._strangers) == 3
    assert shown(chooser, apis_own) == kept
    assert names(shown(chooser, "x4.localhost")) == ("x4.localhost",), "it was kept"
    around.now += 1
    assert names(shown(chooser, "x9.localhost")) == ("x9.localhost",)
    assert names(shown(chooser, f"api1.appsync-api.{REGION}.localhost")) == (
        f"api1.appsync-api.{REGION}.localhost",
    )


def test_the_least_used_gives_way(chooser: CertificateChooser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    for name in ("a", "b", "a", "c"):
        shown(chooser, f"{name}.localhost")
    assert list(chooser._strangers) == ["a.localhost", "c.localhost"]


def test_a_fault_of_ours_ends_the_handshake_and_is_logged(
    chooser: CertificateChooser, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(chooser, "_for_name", fail)
    with pytest.raises(ssl.SSLError):
        shown(chooser, "localhost")
    assert caplog.messages == ["no certificate could be made"]


def test_a_supply_is_spent_and_comes_back() -> None:
    now = 0.0
    supply = Supply(2, 0.5, lambda: now)
    assert [supply.take() for _ in range(3)] == [True, True, False]
    now = 1.9
    assert not supply.take()
    now = 2.1
    assert [supply.take(), supply.take()] == [True, False]
    now = 1000.0
    assert [supply.take() for _ in range(3)] == [True, True, False]
