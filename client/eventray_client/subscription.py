"""What a subscriber holds: events in their order, and what happened to them."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Literal, Protocol, Self
from uuid import uuid4

from eventray_client.errors import SubscriptionOverflowError

Overflow = Literal["fail", "drop-oldest"]
"""What happens when more events wait than the queue holds: the subscription ends, or loses the oldest."""


class Subscriber(Protocol):
    """Who makes and ends subscriptions on the wire."""

    async def add(self, subscription: "Subscription") -> None:
        """Return when it is live; raises `EventsError`."""

    async def remove(self, subscription: "Subscription") -> None:
        """Let no more events come; never fails."""


class Subscription:
    """One channel, or all below a prefix, while `async with` lasts; made by `EventsClient.subscribe`.

    Iterate over it for the events' values, in the order in which the server sent them. The iteration ends
    when the client is closed, and raises when the server refuses the subscription after a reconnect, or at an
    overflow.
    """

    def __init__(self, subscriber: Subscriber, channel: str, queue_size: int, overflow: Overflow) -> None:
        if queue_size < 1:
            raise ValueError("queue_size must be at least 1")
        self.channel = channel
        self.id = uuid4().hex
        """The same on every connection."""
        self.interruptions = 0
        """How often the connection was lost. Events that were published meanwhile may be missing."""
        self.dropped = 0
        """How many events an overflow cost."""
        self.is_live = False
        """Whether the server has acknowledged it, on this connection or an earlier one."""
        self._subscriber = subscriber
        self._queue_size = queue_size
        self._overflow = overflow
        self._texts: deque[str] = deque()
        self._changed = asyncio.Event()
        self._has_ended = False
        self._error: Exception | None = None

    async def __aenter__(self) -> Self:
        """Subscribe; when it returns, every event published from now on will come."""
        await self._subscriber.add(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(None)
        await self._subscriber.remove(self)

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        return json.loads(await self.next_text())

    async def next_text(self) -> str:
        """The next event as the JSON text that was published.

        Raises `StopAsyncIteration` at the end, or the `EventsError` that ended it. Bound the wait by
        `asyncio.timeout`: an event may never come.
        """
        while not self._texts:
            if self._has_ended:
                raise self._error or StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._texts.popleft()

    @property
    def waiting(self) -> int:
        """How many events have come and are not read yet."""
        return len(self._texts)

    # What the connection does to it

    def offer(self, text: str) -> None:
        """Take one event that came in."""
        if self._has_ended:
            return
        if len(self._texts) >= self._queue_size and not self._make_room():
            return
        self._texts.append(text)
        self._changed.set()

    def _make_room(self) -> bool:
        self.dropped += 1
        if self._overflow == "drop-oldest":
            self._texts.popleft()
            return True
        self.end(SubscriptionOverflowError(f"{self.channel}: more than {self._queue_size} events wait."))
        return False

    def end(self, error: Exception | None) -> None:
        """Let no more events in; those that wait can still be read, and then comes the error, if any."""
        if not self._has_ended:
            self._has_ended, self._error = True, error
            self._changed.set()
