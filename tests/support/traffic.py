"""Publishing that goes on while things break, and what must be true of it afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.support.client import Client, Publisher


@dataclass
class Traffic:
    """Numbers that were published one after another, by how their publisher was answered."""

    channel: str
    acknowledged: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    """503: may have been delivered, at most once."""
    cut: list[int] = field(default_factory=list)
    """The connection broke: likewise."""
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def attempts(self) -> int:
        """How many there were."""
        return len(self.acknowledged) + len(self.refused) + len(self.cut)

    async def publish(self, publisher: Publisher) -> None:
        """One publication with the next number."""
        number = self.attempts
        try:
            status = (await publisher.publish(self.channel, number)).status_code
        except httpx.TransportError:
            self.cut.append(number)
            return
        assert status in (200, 503), status
        (self.acknowledged if status == 200 else self.refused).append(number)
        self._progress.set()

    async def more_acknowledged(self, count: int, patience: float = 40) -> None:
        """Wait until so many more have been acknowledged."""
        goal = len(self.acknowledged) + count
        async with asyncio.timeout(patience):
            while len(self.acknowledged) < goal:
                self._progress.clear()
                await self._progress.wait()

    async def check(self, client: Client, subscription: str) -> None:
        """A client that was connected throughout has all that was acknowledged, once each, in order."""
        assert not client.is_closed
        last = self.acknowledged[-1]
        await client.until(lambda: last in client.events(subscription))
        heard = client.events(subscription)
        assert heard == sorted(set(heard)), "out of order, or doubled"
        assert set(self.acknowledged) <= set(heard), "acknowledged, but missing"


@asynccontextmanager
async def flowing(url: str, key: str, channel: str) -> AsyncIterator[Traffic]:
    """Publish to a channel until the end of the block, one after another."""
    traffic = Traffic(channel)
    stopping = asyncio.Event()

    async def publish() -> None:
        async with Publisher(url, key) as publisher:
            while not stopping.is_set():
                await traffic.publish(publisher)

    publishing = asyncio.get_running_loop().create_task(publish())
    try:
        yield traffic
    finally:
        stopping.set()
        await publishing
