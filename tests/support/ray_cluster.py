"""A Ray cluster that somebody else runs: in a process of its own, until its standard input ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SCRIPT = """
import json, sys
from ray.cluster_utils import Cluster

head = {"num_cpus": 8, "include_dashboard": False, "object_store_memory": 80_000_000}
head["resources"] = json.loads(sys.argv[1])
cluster = Cluster(initialize_head=True, head_node_args=head)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@contextmanager
def ray_cluster(data: bool = True) -> Iterator[str]:
    """The address of a cluster of one node, which is declared to hold the data or not."""
    environment = {
        **os.environ,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
        "RAY_worker_niceness": "0",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, json.dumps({"eventray_data": 1} if data else {})],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.stdin.close()
            process.wait(30)
