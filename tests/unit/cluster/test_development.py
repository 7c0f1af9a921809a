from pathlib import Path

import pytest

from eventray_cluster.development import check_development, development_rows
from eventray_cluster.errors import UsageError
from eventray_cluster.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_it_is_possible_where_only_this_machine_reaches_the_server(host: str) -> None:
    check_development(Settings(dev=True, host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "events.example.com"])
def test_it_is_refused_where_others_reach_the_server(host: str) -> None:
    with pytest.raises(UsageError, match=f"with --host {host} that could be anybody"):
        check_development(Settings(dev=True, host=host))
    check_development(Settings(host=host))


def test_it_is_refused_in_a_cluster() -> None:
    with pytest.raises(UsageError, match="not possible with --address"):
        check_development(Settings(dev=True, address="auto"))


def test_people_are_told(tmp_path: Path) -> None:
    text = " ".join(development_rows(Settings(dev=True)).values())
    assert "access key test with the secret test" in text
    assert development_rows(Settings()) == {}
