"""What Ray's own tools show of the service."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.served import Served

NAMES = {
    "gateway-0": "Gateway",
    "gateway-1": "Gateway",
    "channel-shard-0": "ChannelShard",
    "channel-shard-1": "ChannelShard",
    "channel-shard-2": "ChannelShard",
    "namespace-directory": "NamespaceDirectory",
    "supervisor": "Supervisor",
}


@pytest.mark.asyncio(loop_scope="module")
async def test_the_dashboard_and_list_actors_show_telling_names(server: Served) -> None:
    await server.until_complete(2, 3)
    dashboard = re.search(r"Dashboard\s+(http://\S+)\s+\(token in (\S+)\)", server.output)
    assert dashboard is not None, server.output
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": dashboard[2]}
    command = [str(Path(sys.executable).parent / "ray"), "list", "actors", "--detail", "--format", "json"]
    listing = subprocess.run(
        [*command, "--address", dashboard[1]],
        env={**os.environ, **token},
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert b"PRIVATE KEY" not in listing.stdout
    alive = {actor["name"]: actor for actor in json.loads(listing.stdout) if actor["state"] == "ALIVE"}
    assert {name: actor["class_name"] for name, actor in alive.items()} == NAMES
    assert all(actor["repr_name"].startswith(NAMES[name]) for name, actor in alive.items())


async def test_private_keys_are_in_the_data_directory_only(server: Served) -> None:
    """Not in what Ray keeps on disk of its actors, and not in any log."""
    running = json.loads((server.folder / "data" / "running.json").read_text())
    folders = [Path(running["rayFolder"]), server.folder]
    keys = sorted((server.folder / "data" / "tls").glob("*.pem"))
    secrets = [line for key in keys for line in re.findall(r"KEY-----\n(\S+)", key.read_text())]
    assert len(secrets) == 2
    holders = set()
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets):
                holders.add(str(path.relative_to(folder)))
    assert holders == {"data/tls/ca-key.pem", "data/tls/issuer.pem"}
