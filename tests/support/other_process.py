"""The service of `rig.py` in a process of its own, for tests that would disturb it or that it would disturb.

As a program it serves until its input ends, and says first where, and with which keys.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.rig import running

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20


@dataclass
class Elsewhere:
    """A service in another process; a `tests.support.management.Managed`."""

    url: str
    access_key_id: str
    secret_access_key: str

    def control_url(self, gateway: int = 0) -> str:
        """Where the management API is."""
        return self.url


@contextmanager
def serving(data_dir: Path) -> Iterator[Elsewhere]:
    """A service with one gateway that is ready; stopped at the end."""
    command = [sys.executable, "-m", __name__, str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Elsewhere(*json.loads(process.stdout.readline()))
        finally:
            process.communicate(timeout=PATIENCE_S)


async def _serve(data_dir: Path) -> None:
    async with running(data_dir, gateways=1) as rig:
        print(json.dumps([rig.control_url(), rig.access_key_id, rig.secret_access_key]), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
