from pathlib import Path
from typing import Any

import pytest

from eventray_cluster.certificates.folder import ca_file
from eventray_cluster.certificates.source import OpenCertificatesAt
from eventray_cluster.errors import UsageError
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.servers import is_directory_pinned, tls_edge, wanted_by
from eventray_cluster.settings import Settings

PLAIN: dict[str, Any] = {"Resources": {"CPU": 4.0}}
MARKED: dict[str, Any] = {"Resources": {"CPU": 4.0, "eventray_data": 1.0}}


def test_members_get_what_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, gateways=3, shards=5, region="eu-west-1", log_level="DEBUG")
    wanted = wanted_by(settings, "10.0.0.1", 99, LogSettings("DEBUG"))
    assert (wanted.gateways, wanted.shards) == (3, 5)
    assert (wanted.gateway.host, wanted.gateway.port, wanted.gateway.region) == ("10.0.0.1", 99, "eu-west-1")
    assert {wanted.gateway.log_level, wanted.shard.log_level, wanted.directory.log_level} == {"DEBUG"}


def test_all_members_share_one_secret_that_is_new_each_time(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first, second = (wanted_by(settings, "127.0.0.1", 99, LogSettings()) for _ in range(2))
    assert first.gateway.secret == first.shard.secret == first.directory.secret != second.gateway.secret
    assert len(first.gateway.secret) == 32


@pytest.mark.parametrize(
    ("nodes", "host", "pinned"),
    [
        ([PLAIN], "127.0.0.1", False),
        ([MARKED], "127.0.0.1", True),
        ([PLAIN, MARKED], "0.0.0.0", True),
    ],
)
def test_the_directory_stays_where_the_data_are(nodes: list[dict[str, Any]], host: str, pinned: bool) -> None:
    assert is_directory_pinned(nodes, host) is pinned


@pytest.mark.parametrize(
    ("nodes", "host", "word"),
    [([PLAIN, PLAIN], "0.0.0.0", "eventray_data"), ([PLAIN, MARKED], "127.0.0.1", "--host 0.0.0.0")],
)
def test_several_nodes_need_more_settings(nodes: list[dict[str, Any]], host: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        is_directory_pinned(nodes, host)


def test_certificates_are_asked_for_where_there_is_tls(tmp_path: Path) -> None:
    given = (tmp_path / "c.pem", tmp_path / "k.pem")
    suffix = "events.example.com"
    settings = Settings(data_dir=tmp_path, domain_suffix=suffix, tls_cert=given[0], tls_key=given[1])
    plain = wanted_by(settings, "127.0.0.1", 99, LogSettings())
    assert (plain.open_certificates, plain.gateway.tls_port) == (None, None)
    secure = wanted_by(settings, "127.0.0.1", 99, LogSettings(), 98)
    assert (secure.gateway.tls_port, secure.gateway.domain_suffix) == (98, suffix)
    assert secure.open_certificates == OpenCertificatesAt(tmp_path, suffix, *given)


@pytest.mark.parametrize(
    ("host", "name"), [("127.0.0.1", "localhost"), ("[::1]", "localhost"), ("192.168.1.5", "192.168.1.5")]
)
def test_where_tls_is_reached(tmp_path: Path, host: str, name: str) -> None:
    edge = tls_edge(Settings(data_dir=tmp_path), host, 98, "")
    assert edge is not None
    assert (edge.host, edge.port, edge.ca_file) == (name, 98, None)
    assert tls_edge(Settings(data_dir=tmp_path), host, None, "") is None


def test_a_ca_file_is_named_if_it_is_the_right_one(tmp_path: Path) -> None:
    issuer = OpenCertificatesAt(tmp_path)().read().issuer
    assert issuer is not None
    for pem, file in ((issuer.root.decode(), str(ca_file(tmp_path))), ("another", None), ("", None)):
        edge = tls_edge(Settings(data_dir=tmp_path), "127.0.0.1", 98, pem)
        assert edge is not None
        assert edge.ca_file == file
