"""All members as one thing: started, waited for, and ended together."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.supervisor import (
    MemberFailedError,
    Members,
    MemberUnavailableError,
    drain_gateways,
    stop_members,
)
from eventray_cluster.wanted import DIRECTORY, SUPERVISOR, Wanted, is_member
from eventray_core.ports import DataLockedError

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.05
ANSWER_TIMEOUT_S = 2.0
WELCOME_TIMEOUT_S = 30.0


class StartError(CommandError):
    """The service did not become ready."""


class DataError(UsageError):
    """The directory cannot use its data."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known of a service that takes traffic."""

    credentials: dict[str, str]
    gateways: tuple[str, ...]
    """Each gateway's own `host:port`."""


class Service:
    """The wanted members and their supervisor."""

    def __init__(self, wanted: Wanted, members: Members) -> None:
        self._wanted = wanted
        self._members = members
        self._waiting_for = "nothing has answered"

    async def start(self) -> None:
        """Have all members started at the same time; the supervisor will find them there."""
        for name in [*self._wanted.names(), SUPERVISOR]:
            await self._members.start(name, self._wanted)
        logger.debug("asked Ray for the members")

    async def adopt(self) -> None:
        """Let the supervisor that is there, or a new one, have what is wanted: one secret for all."""
        await self._members.start(SUPERVISOR, self._wanted)
        counts = (self._wanted.gateways, self._wanted.shards)
        await self._members.ask(SUPERVISOR, "want", *counts, timeout=60.0)

    async def until_ready(self, timeout_s: float) -> Ready:
        """Wait until traffic is taken; raises `StartError` or `DataError` with the reason if it is not."""
        try:
            async with asyncio.timeout(timeout_s):
                credentials = await self._welcome()
                logger.debug("the directory is up")
                return Ready(credentials, await self._gateways())
        except TimeoutError:
            raise StartError(f"Not ready after {timeout_s:g} s: {self._waiting_for}.") from None

    async def _welcome(self) -> dict[str, str]:
        """The directory's answer; it may still be missing, but what it fails with will not go away."""
        while True:
            try:
                welcome: dict[str, str] = await self._members.ask(
                    DIRECTORY, "welcome", timeout=WELCOME_TIMEOUT_S
                )
                return welcome
            except MemberFailedError as error:
                is_about_data = isinstance(error.__cause__, DataDirectoryError | DataLockedError)
                kind = DataError if is_about_data else StartError
                raise kind(f"The directory cannot start: {error}.") from error
            except MemberUnavailableError as error:
                self._waiting_for = f"{DIRECTORY}: {error}"
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _gateways(self) -> tuple[str, ...]:
        """Each gateway's own address, when all are ready and every slot is served."""
        while True:
            names = [DIRECTORY, *self._wanted.gateway_names()]
            statuses = await asyncio.gather(*(_status(self._members, name) for name in names))
            reasons = [f"{n} {_reason(s)}" for n, s in zip(names, statuses, strict=True) if _reason(s)]
            if not reasons:
                return tuple(str(status["address"]) for status in statuses[1:])
            self._waiting_for = "; ".join(reasons)
            await asyncio.sleep(LOOK_AGAIN_S)

    async def stop(self, drain_s: float) -> None:
        """Let clients be told, then stop all members; does not wait for those that do not answer."""
        try:
            await self._members.ask(SUPERVISOR, "drain_all", drain_s, timeout=drain_s + 1.5)
        except MemberUnavailableError:
            await drain_gateways(self._members, drain_s)
        await stop_members(self._members)

    async def end(self) -> None:
        """End the processes of all members, the supervisor's first, so that none is started again."""
        await self._members.end(SUPERVISOR)
        names = [name for name in await self._members.running() if is_member(name)]
        await asyncio.gather(*(self._members.end(name) for name in names))


def _reason(status: dict[str, Any]) -> str:
    """Why the member is not ready; empty if it is."""
    if "error" in status:
        return f"fails: {status['error']}"
    return "" if status.get("ready") else "is not ready"


async def status_of(members: Members) -> dict[str, dict[str, Any]]:
    """What each member says of itself, or why it says nothing, by its name."""
    names = sorted(name for name in await members.running() if is_member(name) or name == SUPERVISOR)
    answers = await asyncio.gather(*(_status(members, name) for name in names))
    return dict(zip(names, answers, strict=True))


async def _status(members: Members, name: str) -> dict[str, Any]:
    try:
        status: dict[str, Any] = await members.ask(name, "status", timeout=ANSWER_TIMEOUT_S)
    except MemberUnavailableError as error:
        return {"error": str(error), "ready": False}
    return status
