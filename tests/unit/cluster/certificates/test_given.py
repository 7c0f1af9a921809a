import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from tests.support.certificates import write_given

from eventray_cluster.certificates.given import GivenCertificateError, check_pair, read_given

NOW = datetime.now(UTC)


def test_a_certificate_is_good_for_the_names_in_it(tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path, "API.example.com", "*.example.com")
    given = read_given(certificate, key, NOW)
    assert given.names == ("api.example.com", "*.example.com")
    assert given.is_default
    assert (given.chain, given.key) == (certificate.read_bytes(), key.read_bytes())


def test_one_file_may_hold_both(tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path, "example.com")
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    assert read_given(both, both, NOW) == read_given(certificate, key, NOW)


def test_a_chain_is_kept_in_its_order(tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path, "example.com")
    other, _ = write_given(tmp_path / "other", "other.example.com")
    chain = certificate.read_bytes() + other.read_bytes()
    certificate.write_bytes(chain)
    given = read_given(certificate, key, NOW)
    assert (given.chain, given.names) == (chain, ("example.com",))


def test_one_that_has_ended_is_shown_all_the_same_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = write_given(tmp_path, "example.com", end=NOW - timedelta(days=1))
    with caplog.at_level(logging.WARNING):
        assert read_given(certificate, key, NOW).names == ("example.com",)
    assert "is valid from" in caplog.text


@pytest.mark.parametrize(
    ("certificate", "key", "sentence"),
    [
        (Path("/c"), None, "--tls-cert is given without --tls-key, but a certificate needs its key."),
        (None, Path("/k"), "--tls-key is given without --tls-cert, but a certificate needs its key."),
    ],
)
def test_one_without_the_other(certificate: Path | None, key: Path | None, sentence: str) -> None:
    with pytest.raises(GivenCertificateError) as error:
        check_pair(certificate, key)
    assert str(error.value) == sentence


def test_both_or_neither() -> None:
    assert check_pair(None, None) == (None, None)
    assert check_pair(Path("/c"), Path("/k")) == (Path("/c"), Path("/k"))


def refused(certificate: Path, key: Path) -> str:
    with pytest.raises(GivenCertificateError) as error:
        read_given(certificate, key, NOW)
    return str(error.value).replace(str(certificate), "CERT").replace(str(key), "KEY")


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path, "example.com")
    _, other = write_given(tmp_path / "other", "example.com")
    missing, junk = tmp_path / "missing", tmp_path / "junk"
    junk.write_text("nonsense")
    assert refused(missing, key) == "The certificate CERT cannot be read: No such file or directory."
    assert refused(certificate, missing) == "The key KEY cannot be read: No such file or directory."
    assert refused(tmp_path, key) == "The certificate CERT cannot be read: Is a directory."
    assert refused(junk, key) == "The file CERT holds no certificate in PEM."
    assert refused(certificate, junk) == "The file KEY holds no private key in PEM."
    assert refused(key, key) == "The file CERT holds no certificate in PEM."
    assert refused(certificate, other) == "The key KEY does not belong to the first certificate of CERT."


def test_a_key_with_a_password_is_told(tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path, "example.com")
    secret = load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
    )
    assert refused(certificate, key) == "The key KEY needs a password, which EventRay cannot give."


def test_a_certificate_without_names_is_told(tmp_path: Path) -> None:
    assert refused(*write_given(tmp_path)) == (
        "The certificate CERT has no subject alternative names, so no client would accept it."
    )


def test_a_certificate_that_tls_does_not_take_is_told(tmp_path: Path) -> None:
    weak = ec.generate_private_key(ec.SECP192R1())
    told = refused(*write_given(tmp_path, "example.com", key=weak))
    assert told.startswith("The certificate CERT cannot be used for TLS: ")
