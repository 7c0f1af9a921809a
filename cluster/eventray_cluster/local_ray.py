"""A Ray of our own on this machine, or a place in a cluster that is there already."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psutil
import ray

from eventray_cluster.errors import CommandError
from eventray_cluster.reaper import RAY_LOGS
from eventray_cluster.refs import NAMESPACE, gist
from eventray_cluster.spawn import DATA_RESOURCE

logger = logging.getLogger(__name__)

OBJECT_STORE_BYTES = 80_000_000
"""Nearly the least Ray takes; events do not pass through it."""

JOIN_TIMEOUT_S = 20.0

VITAL = ("raylet", "gcs_server")
"""The processes of a private Ray that nothing starts again."""

COMMON: dict[str, Any] = {"namespace": NAMESPACE, "log_to_driver": False, "configure_logging": False}

T = TypeVar("T")


class RayUnavailableError(CommandError):
    """Ray cannot be started or reached, or is gone."""


class RayConnection:
    """This process's tie to Ray.

    All of Ray's blocking calls run in one thread that lives as long as the tie: the kernel ends the
    processes of a private Ray when the thread that started them ends, and signals stay ours.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ray")
        self._vital: dict[str, psutil.Process] = {}
        self.address = ""
        self.dashboard_url = ""
        self.seconds = 0.0
        self.is_up = False

    async def start_private(self, folder: Path, log_folder: Path, actors: int, dashboard: bool) -> None:
        """Start a Ray for so many actors that has its files in the folder."""
        try:
            await self._init(lambda: _init_private(folder, actors, dashboard))
        except Exception as error:
            raise RayUnavailableError(f"Ray could not be started: {gist(error)}.") from error
        self._look_for_vital()
        (log_folder / RAY_LOGS).symlink_to(folder / "session_latest" / "logs")

    async def join(self, address: str) -> None:
        """Become a driver of the cluster at the address, or of the one on this machine for `auto`."""
        try:
            async with asyncio.timeout(JOIN_TIMEOUT_S):
                await _knock(address)
                await self._init(lambda: ray.init(address, **COMMON))
        except Exception as error:
            sentence = f"The Ray cluster at {address} cannot be joined: {gist(error)}."
            raise RayUnavailableError(sentence) from error

    async def _init(self, init: Callable[[], Any]) -> None:
        began = time.monotonic()
        logger.info("starting or joining Ray")
        logging.getLogger("ray").setLevel(logging.ERROR)  # it warns that it leaves our signals alone
        context = await self._call(init)
        _take_back_signals()
        self.address = context.address_info["gcs_address"]
        self.dashboard_url = f"http://{context.dashboard_url}" if context.dashboard_url else ""
        self.seconds = time.monotonic() - began
        self.is_up = True
        logger.info("Ray is up after %.1f s", self.seconds)

    async def nodes(self) -> list[dict[str, Any]]:
        """The cluster's nodes that live."""
        return [node for node in await self._call(ray.nodes) if node["Alive"]]

    def dead_process(self) -> str | None:
        """The name of a process without which a private Ray cannot go on, if one has died."""
        if not self.is_up:
            self._look_for_vital()
        return next((name for name, process in self._vital.items() if _is_dead(process)), None)

    def _look_for_vital(self) -> None:
        self._vital |= {p.name(): p for p in psutil.Process().children() if p.name() in VITAL}

    async def stop(self) -> None:
        """Leave the cluster, or end the private Ray; also if it is still being started."""
        await self._call(ray.shutdown)
        self._thread.shutdown(wait=False)

    async def _call(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _init_private(folder: Path, actors: int, dashboard: bool) -> Any:
    return ray.init(
        "local",
        num_cpus=actors,  # a count only: Ray prepares as many workers, and all actors find room
        resources={DATA_RESOURCE: 1},
        include_dashboard=dashboard,
        dashboard_host="127.0.0.1",
        object_store_memory=OBJECT_STORE_BYTES,
        _temp_dir=str(folder),
        **COMMON,
    )


def _take_back_signals() -> None:
    """Ray's core has set handlers below Python's, which print a stack and end the process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.getsignal(number))


async def _knock(address: str) -> None:
    """Fail at once where nothing listens; Ray would try for ever."""
    if address != "auto":
        host, _, port = address.rpartition(":")
        _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        writer.close()


def _is_dead(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
