"""Ray's handles and errors to ours."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import ray
from ray.actor import ActorHandle
from ray.exceptions import ActorDiedError, RayError, RayTaskError

from eventray_cluster.supervisor import MemberFailedError, MemberUnavailableError
from eventray_cluster.wanted import DIRECTORY
from eventray_core.ports import DirectoryUnavailableError, LinkAddress

NAMESPACE = "eventray"
"""Ray's namespace for the names of all our actors."""

CONTROL_TIMEOUT_S = 5.0
"""How long Ray's control store may take to answer."""

LOCATE_TIMEOUT_S = 5.0

T = TypeVar("T")


class Handles:
    """Finds actors by name and asks them, without ever blocking the loop that it is used on."""

    def __init__(self) -> None:
        self._known: dict[str, ActorHandle[Any]] = {}
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="ray-control")

    async def control(self, call: Callable[..., T], *arguments: Any) -> T:
        """One of Ray's blocking calls, in a thread."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONTROL_TIMEOUT_S):
                return await loop.run_in_executor(self._threads, call, *arguments)
        except TimeoutError:
            raise MemberUnavailableError("Ray's control store does not answer") from None
        except (RayError, RuntimeError) as error:
            raise MemberUnavailableError(gist(error)) from error

    async def ask(self, name: str, method: str, *arguments: Any, timeout: float) -> Any:
        """What the method of the actor of that name answers; called again if the actor is a new one."""
        try:
            async with asyncio.timeout(timeout):
                try:
                    return await _call(await self.find(name), method, *arguments)
                except ActorDiedError as died:
                    self.forget(name)
                    return await _call(await self.find(name, gist(died)), method, *arguments)
        except TimeoutError:
            raise MemberUnavailableError(f"{name} did not answer in {timeout:g} s") from None
        except RayTaskError as error:
            raise MemberFailedError(gist(error)) from error
        except RayError as error:
            raise MemberUnavailableError(gist(error)) from error

    async def find(self, name: str, otherwise: str = "it is not there") -> ActorHandle[Any]:
        """The handle of that name; raises `MemberUnavailableError`, with that text, if there is none."""
        if name not in self._known:
            try:
                self._known[name] = await self.control(ray.get_actor, name, NAMESPACE)
            except ValueError:
                raise MemberUnavailableError(otherwise) from None
        return self._known[name]

    def forget(self, name: str) -> None:
        """Look the name up again the next time."""
        self._known.pop(name, None)


async def _call(handle: ActorHandle[Any], method: str, *arguments: Any) -> Any:
    return await asyncio.wrap_future(getattr(handle, method).remote(*arguments).future())


class RayLocateDirectory:
    """Finds the directory by its actor's name; an `eventray_core.ports.LocateDirectory` that pickles."""

    def __init__(self) -> None:
        self._handles = Handles()

    def __reduce__(self) -> tuple[type["RayLocateDirectory"], tuple[()]]:
        return RayLocateDirectory, ()

    async def __call__(self) -> LinkAddress:
        """Where the directory listens now; raises `DirectoryUnavailableError`."""
        try:
            address = await self._handles.ask(DIRECTORY, "link_address", timeout=LOCATE_TIMEOUT_S)
        except MemberUnavailableError as error:
            raise DirectoryUnavailableError(str(error)) from error
        return str(address)


def gist(error: BaseException) -> str:
    """What happened, without Ray's pages around it."""
    if isinstance(error, RayTaskError) and error.cause is not None:
        error = error.cause
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return lines[-1 if isinstance(error, ActorDiedError) else 0].rstrip(".")
