from pathlib import Path
from typing import Any

import pytest

from eventray_cluster.certificates.folder import ca_file
from eventray_cluster.certificates.source import OpenCertificatesAt
from eventray_cluster.errors import UsageError
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.servers import facts_of, is_directory_pinned, tls_edge, wanted_by
from eventray_cluster.settings import Settings
from eventray_cluster.store.place import DataPlace

PLAIN: dict[str, Any] = {"Resources": {"CPU": 4.0}}
SQLITE = DataPlace(Path("/d"))
POSTGRESQL = DataPlace(Path("/d"), "postgresql+asyncpg://u@h/d")
WITH_KEY = DataPlace(Path("/d"), "postgresql+asyncpg://u@h/d", bytes(32))
MARKED: dict[str, Any] = {"Resources": {"CPU": 4.0, "eventray_data": 1.0}}


def test_members_get_what_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, gateways=3, shards=5, region="eu-west-1", log_level="DEBUG")
    wanted = wanted_by(settings, "10.0.0.1", 99, LogSettings("DEBUG"))
    assert (wanted.gateways, wanted.shards) == (3, 5)
    assert (wanted.gateway.host, wanted.gateway.port) == ("10.0.0.1", 99)
    assert wanted.gateway.facts == wanted.directory.facts == facts_of(settings, 99)
    assert {wanted.gateway.log_level, wanted.shard.log_level, wanted.directory.log_level} == {"DEBUG"}


def test_answers_say_what_the_settings_say_of_the_server(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        account_id="123456789012",
        domain_suffix="events.example.com",
        public_url="https://events.example.com",
    )
    facts = wanted_by(settings, "127.0.0.1", 8080, LogSettings(), 8443).gateway.facts
    assert (facts.account_id, facts.port) == ("123456789012", 8443)
    assert facts.host("a") == "a.events.example.com", "the public port goes without saying"
    local = wanted_by(Settings(data_dir=tmp_path), "127.0.0.1", 8080, LogSettings(), 8443).directory.facts
    assert local.host("a") == "a.localhost:8443"
    assert facts_of(Settings(data_dir=tmp_path), 8080).host("a") == "a.localhost:8080"


def test_all_members_share_one_secret_that_is_new_each_time(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first, second = (wanted_by(settings, "127.0.0.1", 99, LogSettings()) for _ in range(2))
    assert first.gateway.secret == first.shard.secret == first.directory.secret != second.gateway.secret
    assert len(first.gateway.secret) == 32


@pytest.mark.parametrize(
    ("nodes", "host", "place", "pinned"),
    [
        ([MARKED], "127.0.0.1", SQLITE, True),
        ([PLAIN, MARKED], "0.0.0.0", SQLITE, True),
        ([PLAIN, MARKED], "0.0.0.0", POSTGRESQL, True),
        ([PLAIN], "127.0.0.1", WITH_KEY, False),
        ([PLAIN, PLAIN], "0.0.0.0", WITH_KEY, False),
        ([MARKED, MARKED], "0.0.0.0", WITH_KEY, False),
    ],
)
def test_the_directory_stays_where_the_data_are(
    nodes: list[dict[str, Any]], host: str, place: DataPlace, pinned: bool
) -> None:
    assert is_directory_pinned(nodes, host, place) is pinned


@pytest.mark.parametrize(
    ("nodes", "host", "place", "words"),
    [
        (
            [PLAIN],
            "127.0.0.1",
            SQLITE,
            "SQLite's data directory must be declared .* eventray_data, .* --database",
        ),
        ([PLAIN, PLAIN], "0.0.0.0", SQLITE, "SQLite's data directory must be declared"),
        (
            [MARKED, MARKED],
            "0.0.0.0",
            SQLITE,
            "Several nodes have Ray's custom resource eventray_data; only one",
        ),
        ([PLAIN, PLAIN], "0.0.0.0", POSTGRESQL, "give the encryption key by --encryption-key-file, or"),
        ([PLAIN, MARKED], "127.0.0.1", SQLITE, "--host 0.0.0.0"),
        ([PLAIN, PLAIN], "127.0.0.1", WITH_KEY, "--host 0.0.0.0"),
    ],
)
def test_a_cluster_needs_more_settings(
    nodes: list[dict[str, Any]], host: str, place: DataPlace, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        is_directory_pinned(nodes, host, place)


def test_certificates_are_asked_for_where_there_is_tls(tmp_path: Path) -> None:
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    settings = Settings(data_dir=tmp_path, domain_suffix="events.example.com", tls_cert=cert, tls_key=key)
    plain = wanted_by(settings, "127.0.0.1", 99, LogSettings())
    assert (plain.open_certificates, plain.gateway.tls_port) == (None, None)
    secure = wanted_by(settings, "127.0.0.1", 99, LogSettings(), 98)
    assert (secure.gateway.tls_port, secure.gateway.facts.domain_suffix) == (98, "events.example.com")
    assert secure.open_certificates == OpenCertificatesAt(tmp_path, "events.example.com", cert, key)


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
