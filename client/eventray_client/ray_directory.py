"""Finds the server from inside Ray. Only this module knows Ray, and only where the program does."""

import asyncio
import sys
from typing import Any

from eventray_client.errors import UnavailableError

NAMESPACE = "eventray"
DIRECTORY = "namespace-directory"
GATEWAY_PREFIX = "gateway-"
PATIENCE_S = 10.0


def is_inside_ray() -> bool:
    """Whether this process is tied to a Ray cluster; does not import Ray."""
    ray = sys.modules.get("ray")
    return ray is not None and bool(getattr(ray, "is_initialized", bool)())


async def ready_information() -> dict[str, Any] | None:
    """What the ready file would say (`apiKey`, `httpUrl`), asked of the members; None without a server.

    Raises `UnavailableError` if there is a server that does not answer.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            directory = await asyncio.to_thread(_actor, DIRECTORY)
            if directory is None:
                return None
            welcome = await directory.welcome.remote()
            return {**welcome, "httpUrl": f"http://{await _gateway_address()}/event"}
    except TimeoutError:
        raise UnavailableError("The EventRay server in this Ray cluster does not answer.") from None


async def _gateway_address() -> str:
    for name in await asyncio.to_thread(_gateway_names):
        gateway = await asyncio.to_thread(_actor, name)
        if gateway is not None:
            status = await gateway.status.remote()
            if status["ready"]:
                return str(status["address"])
    raise UnavailableError("The EventRay server in this Ray cluster has no gateway that is ready.")


def _gateway_names() -> list[str]:
    import ray.util  # noqa: PLC0415 - only where the program itself runs on Ray

    entries = ray.util.list_named_actors(all_namespaces=True)
    names = [entry["name"] for entry in entries if entry["namespace"] == NAMESPACE]
    return sorted(name for name in names if name.startswith(GATEWAY_PREFIX))


def _actor(name: str) -> Any:
    import ray  # noqa: PLC0415 - only where the program itself runs on Ray

    try:
        return ray.get_actor(name, NAMESPACE)
    except ValueError:
        return None
