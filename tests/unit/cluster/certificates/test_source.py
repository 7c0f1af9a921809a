import os
import pickle
from pathlib import Path

import pytest
from tests.support.certificates import write_given

from eventray_cluster.certificates.given import GivenCertificateError
from eventray_cluster.certificates.source import FileCertificates, OpenCertificatesAt, machine_name
from eventray_core.dns_name import is_dns_name

NOON = 1_800_000_000.0
DAY = 86_400.0


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def test_what_starts_the_directory_holds_no_key(tmp_path: Path) -> None:
    places = OpenCertificatesAt(tmp_path, "localhost", *write_given(tmp_path / "given", "example.com"))
    places().read()
    sent = pickle.dumps(places)
    assert b"PRIVATE" not in sent
    assert pickle.loads(sent) == places


async def test_the_answer_is_the_same_while_nothing_changes(tmp_path: Path) -> None:
    source = OpenCertificatesAt(tmp_path)()
    first = await source.current()
    assert first.issuer is not None
    assert first.given == ()
    assert await source.current() == first
    assert await OpenCertificatesAt(tmp_path)().current() == first


def test_the_issuer_is_renewed_while_the_server_runs(tmp_path: Path) -> None:
    clock = Clock()
    source = FileCertificates(OpenCertificatesAt(tmp_path), clock)
    first = source.read()
    clock.now += 89 * DAY
    assert source.read() == first
    clock.now += 2 * DAY
    second = source.read()
    assert second.issuer != first.issuer
    clock.now += 10
    assert source.read() == second


def test_given_files_are_read_again_when_they_change(tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path / "given", "one.example.com")
    source = OpenCertificatesAt(tmp_path, "localhost", certificate, key)()
    assert [given.names for given in source.read().given] == [("one.example.com",)]
    write_given(tmp_path / "given", "two.example.com")
    assert [given.names for given in source.read().given] == [("two.example.com",)]


def test_files_that_are_exchanged_by_links_are_noticed(tmp_path: Path) -> None:
    """As certbot and Kubernetes do it."""
    write_given(tmp_path / "1", "one.example.com")
    write_given(tmp_path / "2", "two.example.com")
    current = tmp_path / "current"
    current.symlink_to("1")
    source = OpenCertificatesAt(tmp_path, "localhost", current / "given.pem", current / "given-key.pem")()
    source.read()
    following = tmp_path / "following"
    following.symlink_to("2")
    following.replace(current)
    assert [given.names for given in source.read().given] == [("two.example.com",)]


def test_a_half_done_exchange_is_an_error_until_it_is_done(tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path / "given", "one.example.com")
    new_certificate, new_key = write_given(tmp_path / "new", "two.example.com")
    source = OpenCertificatesAt(tmp_path, "localhost", certificate, key)()
    source.read()
    os.replace(new_certificate, certificate)
    for _ in range(2):
        with pytest.raises(GivenCertificateError, match="does not belong"):
            source.read()
    os.replace(new_key, key)
    assert [given.names for given in source.read().given] == [("two.example.com",)]
    certificate.unlink()
    with pytest.raises(GivenCertificateError, match="cannot be read"):
        source.read()


def test_a_certificate_without_its_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(GivenCertificateError, match="without --tls-key"):
        OpenCertificatesAt(tmp_path, "localhost", tmp_path / "c.pem")().read()


def test_this_machines_name_can_stand_in_a_certificate() -> None:
    assert machine_name() == "" or is_dns_name(machine_name())
