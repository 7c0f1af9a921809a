from pathlib import Path
from typing import Any

import pytest

from eventray_cluster.errors import UsageError
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.servers import is_directory_pinned, wanted_by
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
