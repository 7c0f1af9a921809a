"""A stand-in for the members' port: members that are no more than their names and what they were asked."""

from typing import Any

from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.supervisor import MemberUnavailableError
from eventray_cluster.wanted import DIRECTORY, Wanted
from eventray_core.members import DirectoryConfig, GatewayConfig, ShardConfig
from eventray_core.ports import DirectoryStore


def no_store() -> DirectoryStore:
    raise NotImplementedError


def wanted(gateways: int = 1, shards: int = 2) -> Wanted:
    return Wanted(
        directory=DirectoryConfig(DIRECTORY, host="", secret=b""),
        open_store=no_store,
        gateway=GatewayConfig("", host="", port=0, secret=b""),
        shard=ShardConfig("", host="", secret=b""),
        gateways=gateways,
        shards=shards,
        log=LogSettings(),
    )


class RunningMembers:
    """Members run from when they are started until they are ended; `asked` tells what each was asked.

    `answers` by (member, method) replaces None as the answer; an exception there is raised.
    """

    def __init__(self, *names: str) -> None:
        self.names = set(names)
        self.started: list[str] = []
        self.asked: list[tuple[Any, ...]] = []
        self.answers: dict[tuple[str, str], Any] = {}

    async def running(self) -> set[str]:
        return set(self.names)

    async def start(self, name: str, wanted: Wanted) -> None:
        self.started.append(name)
        self.names.add(name)

    async def ask(self, name: str, method: str, *arguments: Any, timeout: float) -> Any:
        if name not in self.names:
            raise MemberUnavailableError("it was killed")
        self.asked.append((name, method, *arguments))
        answer = self.answers.get((name, method))
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def end(self, name: str) -> None:
        self.names.discard(name)
