import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from eventray_cluster.certificates.folder import AuthorityError, ca_file, open_authority
from eventray_core.certificates import Issuer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def opened(data_dir: Path, now: datetime = NOW, suffix: str = "localhost") -> Issuer:
    return open_authority(data_dir, suffix, "workshop", now)


def end(issuer: Issuer) -> datetime:
    return x509.load_pem_x509_certificate(issuer.certificate).not_valid_after_utc


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_their_owners_only(tmp_path: Path) -> None:
    issuer = opened(tmp_path)
    folder = tmp_path / "tls"
    assert mode(folder) == 0o700
    modes = {path.name: mode(path) for path in folder.iterdir()}
    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "issuer.pem": 0o600, "lock": 0o600}
    assert ca_file(tmp_path).read_bytes() == issuer.root
    assert b"PRIVATE" not in issuer.root + issuer.certificate
    assert (folder / "ca-key.pem").read_bytes() not in (issuer.key, issuer.root)


def test_a_restart_finds_the_same(tmp_path: Path) -> None:
    assert opened(tmp_path) == opened(tmp_path, NOW + 89 * DAY)


def test_the_issuer_is_renewed_at_half_time_and_the_root_stays(tmp_path: Path) -> None:
    first = opened(tmp_path)
    second = opened(tmp_path, NOW + 91 * DAY)
    assert second.root == first.root
    assert second.key != first.key
    assert end(second) == NOW + (91 + 180) * DAY
    assert opened(tmp_path, NOW + 100 * DAY) == second


def test_a_clock_that_was_wrong_when_the_issuer_was_made(tmp_path: Path) -> None:
    opened(tmp_path)
    ahead = opened(tmp_path, NOW + 1000 * DAY)
    assert opened(tmp_path, NOW) != ahead


def test_the_last_issuer_is_not_made_again_and_again(tmp_path: Path) -> None:
    opened(tmp_path)
    last = opened(tmp_path, NOW + 3600 * DAY)
    assert opened(tmp_path, NOW + 3640 * DAY) == last


def test_a_root_that_has_ended_is_told(tmp_path: Path) -> None:
    opened(tmp_path)
    with pytest.raises(
        AuthorityError, match=r"is valid from 2025-12-31 to 2035-12-30, and today is 2035-12-31"
    ):
        opened(tmp_path, NOW + 3651 * DAY)


def test_another_suffix_is_told_and_nothing_is_replaced(tmp_path: Path) -> None:
    first = opened(tmp_path)
    with pytest.raises(AuthorityError) as error:
        opened(tmp_path, suffix="events.example.com")
    assert str(error.value) == (
        f"The certificate authority in {tmp_path}/tls was made for local, localhost, workshop and cannot "
        "sign names below events.example.com. To have a new one made, `eventray trust --remove` it, remove "
        "that folder, and start again."
    )
    assert opened(tmp_path) == first


@pytest.mark.parametrize("suffix", ["a.localhost", "local", "x.workshop"])
def test_a_narrower_suffix_is_covered(tmp_path: Path, suffix: str) -> None:
    assert opened(tmp_path) == opened(tmp_path, suffix=suffix)


@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_damaged_issuer_is_made_anew(tmp_path: Path, content: bytes | None) -> None:
    first = opened(tmp_path)
    issuer = tmp_path / "tls" / "issuer.pem"
    if content is None:
        issuer.unlink()
    else:
        issuer.write_bytes(content)
    second = opened(tmp_path)
    assert (second.root, opened(tmp_path)) == (first.root, second)


def test_an_issuer_of_another_root_is_made_anew(tmp_path: Path) -> None:
    opened(tmp_path)
    other = opened(tmp_path / "other")
    (tmp_path / "tls" / "issuer.pem").write_bytes(other.certificate + other.key)
    assert opened(tmp_path) != other


@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "No such file"), (b"nonsense", "is damaged"), (b"other", "do not belong together")],
)
def test_a_damaged_root_is_told(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    opened(tmp_path)
    opened(tmp_path / "other")
    path = tmp_path / "tls" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes((tmp_path / "other" / "tls" / name).read_bytes() if content == b"other" else content)
    with pytest.raises(AuthorityError, match=sentence):
        opened(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("a file")
    with pytest.raises(AuthorityError, match=r"^The folder .*/tls cannot be made: File exists\.$"):
        opened(tmp_path)


def test_a_key_that_others_could_read_is_made_private(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened(tmp_path)
    key = tmp_path / "tls" / "ca-key.pem"
    key.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        opened(tmp_path)
    assert mode(key) == 0o600
    assert caplog.messages == [f"other users could read {key}; now they cannot"]


def test_those_who_start_at_the_same_time_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        issuers = list(threads.map(opened, [tmp_path] * 16))
    assert {issuer.key for issuer in issuers} == {issuers[0].key}
    assert sorted(path.name for path in (tmp_path / "tls").iterdir()) == [
        *("ca-key.pem", "ca.pem", "issuer.pem", "lock")
    ]
