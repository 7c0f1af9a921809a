from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

FILE = Path(__file__).parents[2] / "ray_cluster.yaml"


@pytest.fixture(name="cluster")
def _cluster() -> dict[str, Any]:
    cluster: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return cluster


def test_ray_up_accepts_the_file(cluster: dict[str, Any]) -> None:
    validate_config(prepare_config(cluster))


def test_a_misspelt_key_would_be_noticed(cluster: dict[str, Any]) -> None:
    cluster["available_node_types"]["eventray.member"]["max_worker"] = 1
    with pytest.raises(Exception, match="max_worker"):
        validate_config(prepare_config(cluster))


def test_nothing_of_ours_runs_on_the_head(cluster: dict[str, Any]) -> None:
    head = cluster["available_node_types"][cluster["head_node_type"]]
    assert head["resources"]["CPU"] == 0
    assert head["max_workers"] == 0


def test_one_node_and_no_more_holds_the_data(cluster: dict[str, Any]) -> None:
    holders = [
        node for node in cluster["available_node_types"].values() if "eventray_data" in node["resources"]
    ]
    assert [(node["min_workers"], node["max_workers"]) for node in holders] == [(1, 1)]
    assert holders[0]["resources"]["CPU"] > 0


def test_every_node_type_has_a_role_and_settings_of_its_own(cluster: dict[str, Any]) -> None:
    types = cluster["available_node_types"].values()
    assert {node["labels"]["role"] for node in types} == {"head", "data", "member"}
    assert len({id(node["node_config"]) for node in types}) == len(types), "ray up changes them one by one"


@pytest.mark.parametrize("commands", ["head_start_ray_commands", "worker_start_ray_commands"])
def test_ray_starts_with_a_token_and_at_normal_priority(cluster: dict[str, Any], commands: str) -> None:
    start = cluster[commands][-1]
    for needed in ("RAY_AUTH_MODE=token", "RAY_worker_niceness=0", "RAY_USAGE_STATS_ENABLED=0", "ulimit -n"):
        assert needed in start
    assert "~/.ray/auth_token" in cluster["file_mounts"]


def test_only_the_node_itself_sees_the_dashboard(cluster: dict[str, Any]) -> None:
    assert "--dashboard-host=127.0.0.1" in cluster["head_start_ray_commands"][-1]
