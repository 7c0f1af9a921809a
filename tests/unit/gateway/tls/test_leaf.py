from pathlib import Path

import pytest
from cryptography import x509
from tests.support.certificates import authority

from eventray_core.certificates import Issuer
from eventray_gateway.tls.leaf import LeafSigner


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    found = authority(tmp_path_factory.mktemp("data")).issuer
    assert found is not None
    return found


@pytest.fixture(scope="module")
def signer(issuer: Issuer) -> LeafSigner:
    return LeafSigner(issuer)


def leaf(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificates(pem)[0]


def names(certificate: x509.Certificate) -> list[str]:
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in alternatives]


def test_it_is_for_the_names_and_signed_by_the_issuer(signer: LeafSigner, issuer: Issuer) -> None:
    chain = x509.load_pem_x509_certificates(signer.sign(["localhost", "127.0.0.1", "::1"]))
    assert names(chain[0]) == ["localhost", "127.0.0.1", "::1"]
    chain[0].verify_directly_issued_by(chain[1])
    chain[1].verify_directly_issued_by(x509.load_pem_x509_certificate(issuer.root))
    assert len(chain) == 2, "clients have the root, or do not trust it"


def test_it_lives_as_long_as_its_issuer(signer: LeafSigner, issuer: Issuer) -> None:
    made, by = leaf(signer.sign(["localhost"])), x509.load_pem_x509_certificate(issuer.certificate)
    assert made.not_valid_before_utc == by.not_valid_before_utc
    assert made.not_valid_after_utc == by.not_valid_after_utc
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days < 397


def test_it_is_the_same_each_time_and_everywhere(signer: LeafSigner, issuer: Issuer) -> None:
    assert signer.sign(["localhost"]) == LeafSigner(issuer).sign(["localhost"])
    assert signer.sign(["localhost"]) != signer.sign(["a.localhost"])


def test_its_key_is_not_the_issuers(signer: LeafSigner, issuer: Issuer) -> None:
    assert issuer.key not in signer.sign(["localhost"])
    public = x509.load_pem_x509_certificate(issuer.certificate).public_key()
    assert leaf(signer.sign(["localhost"])).public_key() != public


def test_another_issuer_signs_others(signer: LeafSigner, tmp_path: Path) -> None:
    other = authority(tmp_path).issuer
    assert other is not None
    assert (
        leaf(LeafSigner(other).sign(["localhost"])).public_key()
        != leaf(signer.sign(["localhost"])).public_key()
    )


def test_names_that_would_spoil_it_are_left_out(signer: LeafSigner) -> None:
    wanted = ["localhost", "example.com", "8.8.8.8", "10.1.2.3", "localhost", "2001:db8::1", "box.local"]
    assert names(leaf(signer.sign(wanted))) == ["localhost", "10.1.2.3", "box.local"]
    with pytest.raises(ValueError, match="none of the names"):
        signer.sign(["example.com"])


@pytest.mark.parametrize(
    ("name", "may"),
    [
        *(
            ("localhost", True),
            ("a.b.localhost", True),
            ("local", True),
            ("127.0.0.2", True),
            ("fe80::1", True),
        ),
        *(("xlocalhost", False), ("localhost.com", False), ("1.1.1.1", False), ("", False)),
    ],
)
def test_what_it_may_sign(signer: LeafSigner, name: str, may: bool) -> None:
    assert signer.may_sign(name) is may


def test_a_long_name_is_signed_too(signer: LeafSigner) -> None:
    name = ".".join(["a" * 50] * 4) + ".localhost"
    assert names(leaf(signer.sign([name]))) == [name]


def test_a_key_of_another_kind_is_refused(issuer: Issuer) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="kind"):
        LeafSigner(Issuer(issuer.root, issuer.certificate, key))
