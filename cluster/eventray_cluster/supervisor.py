"""Sees to it that the members that are wanted are there."""

import asyncio
import logging
import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from eventray_actors.tasks import Tasks
from eventray_cluster.wanted import DIRECTORY, GATEWAY, Wanted, is_member

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
STOP_TIMEOUT_S = 1.5
RETIRE_TIMEOUT_S = 10.0


class MemberUnavailableError(Exception):
    """A member cannot be reached or did not answer in time; the text says why."""


class MemberFailedError(MemberUnavailableError):
    """The member did answer: with an error, which is this one's cause."""


class Members(Protocol):
    """The members, wherever they run. Each method raises `MemberUnavailableError` and may be repeated."""

    async def running(self) -> set[str]:
        """The names of those that are there, those being started or restarted among them."""

    async def start(self, name: str, wanted: Wanted) -> None:
        """Have the member started, unless it is there; does not wait until it is up."""

    async def ask(self, name: str, method: str, *arguments: Any, timeout: float) -> Any:
        """What the member's method answers."""

    async def end(self, name: str) -> None:
        """End the member's process for good, if it is there."""


class Supervisor:
    """Starts the members that are missing and retires those too many, once a second.

    Starts itself. Ray restarts it with the first arguments, and it finds all else by looking.
    """

    def __init__(self, wanted: Wanted, members: Members) -> None:
        self._wanted = wanted
        self._members = members
        self._missing: list[str] = []
        self._started = 0
        self._tasks = Tasks()
        self._tasks.start(self._look_for_ever(), "look after the members")

    def __repr__(self) -> str:
        return f"Supervisor({self._wanted.gateways} gateways, {self._wanted.shards} shards)"

    async def want(self, gateways: int, shards: int) -> None:
        """Change how many there are to be; until a restart of this actor, which is started with both."""
        self._wanted = replace(self._wanted, gateways=gateways, shards=shards)

    async def status(self) -> dict[str, Any]:
        """What is wanted, what was missing at the last look, and how many were started."""
        return {
            "pid": os.getpid(),
            "gateways": self._wanted.gateways,
            "shards": self._wanted.shards,
            "missing": list(self._missing),
            "started": self._started,
        }

    async def drain_all(self, timeout_s: float) -> None:
        """Look after nobody any more, and let all gateways say goodbye to their clients."""
        await self._tasks.stop()
        await drain_gateways(self._members, timeout_s)

    async def stop(self) -> None:
        """Look after nobody any more, and stop all members, the directory last."""
        await self._tasks.stop()
        await stop_members(self._members)

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self._look()
            except MemberUnavailableError as error:
                logger.warning("cannot look after the members: %s", error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        running = await self._members.running()
        wanted = self._wanted.names()
        self._missing = [name for name in wanted if name not in running]
        for name in self._missing:
            logger.info("starting %s: %s", name, await self._reason(name))
            await self._members.start(name, self._wanted)
            self._started += 1
        surplus = [name for name in running if is_member(name) and name not in wanted]
        await asyncio.gather(*(self._retire(name) for name in surplus))

    async def _reason(self, name: str) -> str:
        try:
            await self._members.ask(name, "status", timeout=LOOK_EVERY_S)
        except MemberUnavailableError as error:
            return str(error)
        return "it has just come back"

    async def _retire(self, name: str) -> None:
        logger.info("retiring %s: it is one too many", name)
        if name.startswith(GATEWAY):
            await _ask_all(self._members, [name], "drain", RETIRE_TIMEOUT_S - 1, timeout=RETIRE_TIMEOUT_S)
        await _ask_all(self._members, [name], "stop", timeout=STOP_TIMEOUT_S)
        await self._members.end(name)


async def drain_gateways(members: Members, timeout_s: float) -> None:
    """Let all gateways say goodbye to their clients, at the same time."""
    gateways = [name for name in await members.running() if name.startswith(GATEWAY)]
    await _ask_all(members, gateways, "drain", timeout_s, timeout=timeout_s + 1)


async def stop_members(members: Members) -> None:
    """Stop all members, the directory last."""
    names = {name for name in await members.running() if is_member(name)}
    await _ask_all(members, names - {DIRECTORY}, "stop", timeout=STOP_TIMEOUT_S)
    await _ask_all(members, names & {DIRECTORY}, "stop", timeout=STOP_TIMEOUT_S)


async def _ask_all(
    members: Members, names: Iterable[str], method: str, *arguments: Any, timeout: float
) -> None:
    """Ask them at the same time; one that does not answer is no reason to fail."""

    async def ask(name: str) -> None:
        try:
            await members.ask(name, method, *arguments, timeout=timeout)
        except MemberUnavailableError as error:
            logger.warning("%s did not %s: %s", name, method, error)

    await asyncio.gather(*(ask(name) for name in names))
