from pathlib import Path
from typing import Any

import pytest

from eventray_cluster.errors import UsageError
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.servers import is_directory_pinned, wanted_by
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
    assert (wanted.gateway.host, wanted.gateway.port, wanted.gateway.region) == ("10.0.0.1", 99, "eu-west-1")
    assert {wanted.gateway.log_level, wanted.shard.log_level, wanted.directory.log_level} == {"DEBUG"}


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
