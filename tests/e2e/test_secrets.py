"""Secrets reach the actors, and nobody who looks at Ray, at the processes or at the logs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from eventray_cluster.store.cipher import new_encryption_key
from eventray_cluster.store.key_text import encode_encryption_key
from tests.support.client import Publisher
from tests.support.postgresql import PostgreSQL
from tests.support.served import Served, serving

KEY = encode_encryption_key(new_encryption_key())
KINDS = ("actors", "tasks", "jobs", "workers", "nodes", "objects", "runtime-envs", "placement-groups")


@pytest.fixture(scope="module")
def served(database_server: PostgreSQL) -> Iterator[Served]:
    """A server that was given its secrets in the least careful ways."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENTRAY_ENCRYPTION_KEY", KEY)
        with serving("--database", database_server.new_database(), "--region", "eu-shown-1") as served:
            yield served


@pytest.fixture(scope="module")
def secrets(served: Served, database_server: PostgreSQL) -> dict[str, str]:
    return {
        "password": database_server.password,
        "encryption key": KEY,
        "API key": served.api_key,
        "secret access key": served.ready["secretAccessKey"],
    }


def found(secrets: dict[str, str], text: str) -> list[str]:
    return [name for name, secret in secrets.items() if secret in text or repr(secret)[1:-1] in text]


async def test_it_serves(served: Served) -> None:
    async with Publisher(served.url(), served.api_key) as publisher:
        assert (await publisher.publish("/default/a", 1)).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_ray_shows_no_secret(served: Served, secrets: dict[str, str], kind: str) -> None:
    shown = listed(served, kind)
    if kind in ("actors", "jobs"):
        assert "NamespaceDirectory" in shown or "eu-shown-1" in shown
    assert found(secrets, shown) == []
    assert "DataPlace" not in shown and "secret=" not in shown


def listed(served: Served, kind: str) -> str:
    """All that Ray's state API tells of them."""
    running: dict[str, Any] = json.loads((served.folder / "data" / "running.json").read_text())
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(served.folder / "data" / "ray-token")}
    command = [str(Path(sys.executable).parent / "ray"), "list", kind, "--detail", "--format", "json"]
    dashboard = served.output.split("Dashboard")[1].split()[0]
    assert running["rayAddress"]
    listing = subprocess.run(
        [*command, "--limit", "1000", "--address", dashboard],
        env={**os.environ, **token},
        check=True,
        capture_output=True,
        timeout=60,
        text=True,
    )
    return listing.stdout


def test_no_process_shows_a_secret(served: Served, secrets: dict[str, str]) -> None:
    """Other users see command lines; children inherit environments."""
    server = psutil.Process(served.process.pid)
    children = server.children(recursive=True)
    assert len(children) > 4
    for process in (server, *children):
        assert found(secrets, " ".join(process.cmdline())) == [], process
    for process in children:
        assert found(secrets, repr(process.environ())) == [], process


def test_no_log_holds_a_secret(served: Served, secrets: dict[str, str]) -> None:
    logs = [path for path in (served.folder / "data" / "logs").rglob("*") if path.is_file()]
    logs += [p for p in (served.folder / "data" / "logs" / "current" / "ray").rglob("*") if p.is_file()]
    assert len(logs) > 4
    assert {str(p): f for p in logs if (f := found(secrets, p.read_text("utf-8", "replace")))} == {}
