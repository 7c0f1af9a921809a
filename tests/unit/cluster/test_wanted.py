import pytest
from tests.unit.cluster.running_members import wanted

from eventray_cluster.wanted import DIRECTORY, SUPERVISOR, is_member


def test_the_directory_comes_first() -> None:
    assert wanted(gateways=2, shards=1).names() == [DIRECTORY, "channel-shard-0", "gateway-0", "gateway-1"]


@pytest.mark.parametrize("name", [SUPERVISOR, "someone-elses-actor", ""])
def test_other_actors_are_no_members(name: str) -> None:
    assert not is_member(name)
    assert all(is_member(member) for member in wanted().names())
