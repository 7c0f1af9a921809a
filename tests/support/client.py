"""A client of AppSync Events for tests, on the `websockets` library; it keeps all that it gets."""

import asyncio
import base64
import itertools
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Protocol, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PATIENCE = 20.0
"""Seconds that a test waits for a fact before it fails."""

Frame = dict[str, Any]


def header_subprotocol(authorization: dict[str, str]) -> Subprotocol:
    """The credentials as browsers send them."""
    text = base64.urlsafe_b64encode(json.dumps(authorization).encode()).decode().rstrip("=")
    return Subprotocol(f"header-{text}")


class Service(Protocol):
    """A running service, whatever it runs on."""

    api_key: str

    def realtime_url(self, gateway: int = 0) -> str:
        """Where to connect."""


class Client:
    """One connection. `frames` is everything in order, `closed` the end of it."""

    def __init__(self, socket: ClientConnection, key: str) -> None:
        self.socket = socket
        self.key = key
        self.frames: list[Frame] = []
        self._heard: dict[str, list[Any]] = {}
        self._changed = asyncio.Condition()
        self._ids = itertools.count(1)
        self._reader = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def connect(cls, url: str, key: str, **options: Any) -> Self:
        """Connect as a browser does."""
        authorization = {"host": "localhost", "x-api-key": key}
        subprotocols = [Subprotocol("aws-appsync-event-ws"), header_subprotocol(authorization)]
        return cls(await connect(url, subprotocols=subprotocols, max_size=None, **options), key)

    @classmethod
    @asynccontextmanager
    async def connect_to(cls, service: "Service", gateway: int = 0) -> AsyncIterator[Self]:
        """Connect to one gateway of a service, and close in the end."""
        async with await cls.connect(service.realtime_url(gateway), service.api_key) as client:
            yield client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()
        await self._reader

    async def _read(self) -> None:
        try:
            async for message in self.socket:
                async with self._changed:
                    self._take(json.loads(message))
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        async with self._changed:
            self._changed.notify_all()

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame["type"] == "data":
            self._heard.setdefault(frame["id"], []).append(json.loads(frame["event"]))

    @property
    def is_closed(self) -> bool:
        """Whether the server, or the client, has ended it."""
        return self._reader.done()

    async def until(self, fact: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """Wait until `fact()` is true of what came in, and return it."""
        async with asyncio.timeout(patience):
            async with self._changed:
                return await self._changed.wait_for(fact)

    async def until_closed(self, patience: float = PATIENCE) -> None:
        """Wait for the connection's end."""
        async with asyncio.timeout(patience):
            await asyncio.shield(self._reader)

    async def send(self, message: Frame | str | bytes) -> None:
        """Send a message, or a text that is none."""
        await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    def of_type(self, *kinds: str) -> list[Frame]:
        """What came in of some types."""
        return [frame for frame in self.frames if frame["type"] in kinds]

    async def ask(self, message: Frame, patience: float = PATIENCE) -> Frame:
        """Send a message with an id and wait for its answer."""
        kinds = (f"{message['type']}_success", f"{message['type']}_error")
        asked = len(self.frames)

        def answer() -> Frame | None:
            new = self.frames[asked:]
            return next((f for f in new if f["type"] in kinds and f.get("id") == message["id"]), None)

        await self.send(message)
        frame: Frame = await self.until(answer, patience)
        return frame

    async def subscribe(self, channel: str, id_: str | None = None) -> str:
        """Subscribe; returns the subscription's id once it is live."""
        id_ = id_ or f"sub-{next(self._ids)}"
        answer = await self.ask(
            {"type": "subscribe", "id": id_, "channel": channel, "authorization": {"x-api-key": self.key}}
        )
        assert answer["type"] == "subscribe_success", answer
        return id_

    async def unsubscribe(self, id_: str) -> None:
        """Unsubscribe, and wait until it is done."""
        answer = await self.ask({"type": "unsubscribe", "id": id_})
        assert answer["type"] == "unsubscribe_success", answer

    async def publish(self, channel: str, *events: Any) -> Frame:
        """Publish values over the WebSocket; returns the answer."""
        return await self.ask(
            {
                "type": "publish",
                "id": f"pub-{next(self._ids)}",
                "channel": channel,
                "events": [json.dumps(event) for event in events],
                "authorization": {"x-api-key": self.key},
            }
        )

    def events(self, id_: str) -> list[Any]:
        """The values that a subscription got so far."""
        return self._heard.get(id_, [])

    async def until_events(self, id_: str, count: int, patience: float = PATIENCE) -> list[Any]:
        """Wait until a subscription has got so many."""
        await self.until(lambda: len(self.events(id_)) >= count, patience)
        return self.events(id_)


class Publisher:
    """Publishes over HTTP, on connections that stay open."""

    def __init__(self, url: str, key: str, verify: ssl.SSLContext | bool = True) -> None:
        self.url = url
        self.http = httpx.AsyncClient(headers={"x-api-key": key}, timeout=30, trust_env=False, verify=verify)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *details: object) -> None:
        await self.http.aclose()

    async def publish(self, channel: str, *events: Any) -> httpx.Response:
        """Publish values; returns the answer, whatever it is."""
        body = json.dumps({"channel": channel, "events": [json.dumps(event) for event in events]})
        return await self.http.post(self.url, content=body)
