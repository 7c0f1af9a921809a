"""Plain classes to detached, named Ray actors: the only place with Ray's options for them."""

import asyncio
import contextlib
from dataclasses import replace
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayError

from eventray_cluster import supervisor
from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.on_ray import data as on_ray_data
from eventray_cluster.on_ray.directory import NamespaceDirectory
from eventray_cluster.on_ray.gateway import Gateway
from eventray_cluster.on_ray.node import settle
from eventray_cluster.on_ray.shard import ChannelShard
from eventray_cluster.refs import NAMESPACE, Handles, RayLocateDirectory, gist
from eventray_cluster.store.place import DataPlace
from eventray_cluster.supervisor import MemberUnavailableError
from eventray_cluster.wanted import DIRECTORY, GATEWAY, SUPERVISOR, Wanted

CPUS_EACH = 0.1
"""What a member reserves: not nothing, or Ray's autoscaler would see no demand."""

DATA_RESOURCE = "eventray_data"
"""The custom resource of the node that holds the data directory."""

MAKE_DATA_TIMEOUT_S = 60.0


class Supervisor(supervisor.Supervisor):
    """The supervisor as a Ray actor."""

    def __init__(self, wanted: Wanted) -> None:
        settle(SUPERVISOR, wanted.log)
        super().__init__(wanted, RayMembers())


class RayMembers:
    """The members as Ray actors; what `eventray_cluster.supervisor.Members` promises."""

    def __init__(self) -> None:
        self._handles = Handles()

    async def running(self) -> set[str]:
        """The names of those that are there, those being started or restarted among them."""
        names = set(await self._handles.control(ray.util.list_named_actors))
        for name in names:
            with contextlib.suppress(MemberUnavailableError):  # it has gone since
                await self._handles.find(name)  # a handle can tell later why its actor died
        return names

    async def start(self, name: str, wanted: Wanted) -> None:
        """Have the member started, unless it is there; does not wait until it is up."""
        self._handles.forget(name)
        await self._handles.control(spawn, name, wanted)

    async def ask(self, name: str, method: str, *arguments: Any, timeout: float) -> Any:
        """What the member's method answers."""
        return await self._handles.ask(name, method, *arguments, timeout=timeout)

    async def make_data(self, place: DataPlace, pinned: bool) -> None:
        """Have the data made where the directory will run, unless they are there.

        Raises `UsageError` with the reason if they cannot be.
        """
        make = ray.remote(on_ray_data.make_data).options(
            num_cpus=CPUS_EACH, resources=_resources(pinned), max_retries=0
        )
        try:
            async with asyncio.timeout(MAKE_DATA_TIMEOUT_S):
                await asyncio.wrap_future((await self._handles.control(make.remote, place)).future())
        except TimeoutError:
            raise CommandError("No node of the cluster has made the data in time.") from None
        except RayError as error:
            raise UsageError(f"The data cannot be made: {gist(error)}.") from error

    async def end(self, name: str) -> None:
        """End the member's process for good, if it is there."""
        self._handles.forget(name)
        await self._handles.control(_kill, name)


def spawn(name: str, wanted: Wanted) -> None:
    """Have Ray start the member, or the supervisor, of that name, unless it is there. May be repeated."""
    actor_class, arguments = _class_and_arguments(name, wanted)
    ray.remote(actor_class).options(
        name=name,
        namespace=NAMESPACE,
        lifetime="detached",
        get_if_exists=True,
        max_restarts=-1,
        max_task_retries=0,
        num_cpus=CPUS_EACH,
        resources=_resources(name == DIRECTORY and wanted.pin_directory),
    ).remote(*arguments)


def _resources(pinned: bool) -> dict[str, float]:
    return {DATA_RESOURCE: 0.01} if pinned else {}


def _class_and_arguments(name: str, wanted: Wanted) -> tuple[type, tuple[Any, ...]]:
    if name == SUPERVISOR:
        return Supervisor, (wanted,)
    if name == DIRECTORY:
        return NamespaceDirectory, (
            wanted.directory,
            wanted.open_store,
            wanted.open_certificates,
            wanted.log,
        )
    if name.startswith(GATEWAY):
        return Gateway, (replace(wanted.gateway, name=name), RayLocateDirectory(), wanted.log)
    return ChannelShard, (replace(wanted.shard, name=name), RayLocateDirectory(), wanted.log)


def _kill(name: str) -> None:
    try:
        handle: ActorHandle[Any] = ray.get_actor(name, NAMESPACE)
    except ValueError:
        return
    ray.kill(handle, no_restart=True)
