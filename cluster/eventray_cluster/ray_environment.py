"""What a private Ray must find in the environment, which it reads when it is first imported."""

import os
import secrets
from pathlib import Path

from eventray_cluster.data_dir import private_file

TOKEN_FILE = "ray-token"
"""Who can read it may use the dashboard and run code in this Ray."""

DEFAULTS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # `uv run` would start each worker through uv
    "RAY_worker_niceness": "0",  # or workers run at nice 15
    "RAY_DEDUP_LOGS": "0",
    # The name is Ray's; with 0 all its processes listen on the loopback interface only.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}


def prepare_ray_environment(data_dir: Path) -> None:
    """Set this process's environment for the private Ray of these data; what the user has set stays."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    os.environ.pop("RAY_AUTH_TOKEN", None)
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN_PATH"] = str(_token_file(data_dir))


def keep_temporary_files_in(ray_folder: Path) -> None:
    """Ray's dashboard leaves sockets where temporary files go: let that be a folder that is removed."""
    os.environ["TMPDIR"] = str(ray_folder)


def _token_file(data_dir: Path) -> Path:
    path = data_dir / TOKEN_FILE
    with os.fdopen(private_file(path), "r+") as file:
        if not file.read().strip():
            file.write(secrets.token_hex(32))
    return path
