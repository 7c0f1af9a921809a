"""Plays conversations over sockets, against any running service."""

import asyncio
import itertools
import json
import re
from types import TracebackType
from typing import Any, Protocol, Self, assert_never

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.conformance.steps import (
    Closed,
    Connect,
    Conversation,
    Hears,
    Leaves,
    Placeholders,
    Post,
    Says,
    Silent,
    Step,
    check_heard,
    fence,
    is_passed_over,
    matches,
)

PATIENCE = 20.0
"""Seconds that any one step may take."""

_TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")


class Service(Protocol):
    """A running service with one or more gateways."""

    api_key: str
    addresses: list[str]
    """Of each gateway: host and port."""


class Player:
    """Plays one conversation after another; clients and posts take the gateways in turn."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._gateways = itertools.cycle(service.addresses)
        self._clients: dict[str, ClientConnection] = {}
        self._placeholders = Placeholders(service.api_key, service.addresses[0])
        self._fences = itertools.count(1)
        self._http = httpx.AsyncClient(timeout=PATIENCE, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(client.close() for client in self._clients.values()))
        await self._http.aclose()

    async def play(self, conversation: Conversation) -> None:
        """Play all steps; raises at the first that does not go as it should."""
        for step in conversation.steps:
            async with asyncio.timeout(PATIENCE):
                await self._play(step)
        for client in list(self._clients):
            await self._play(Silent(client))
            await self._play(Leaves(client))

    async def _play(self, step: Step) -> None:
        match step:
            case Connect():
                await self._connect(step)
            case Says(client, messages):
                for message in messages:
                    await self._clients[client].send(self._placeholders.fill(message), text=True)
            case Hears():
                await self._hear(step)
            case Post():
                await self._post(step)
            case Silent() | Closed() | Leaves():
                await self._end(step)
            case _:
                assert_never(step)

    async def _connect(self, step: Connect) -> None:
        subprotocols, headers = self._placeholders.upgrade(step)
        # The library takes no other subprotocols than RFC 6455 allows; browsers send what they are given.
        odd = [text for text in subprotocols if _TOKEN.fullmatch(text) is None]
        lines = [*headers.items(), *(("Sec-WebSocket-Protocol", text) for text in odd)]
        self._clients[step.client] = await connect(
            f"ws://{next(self._gateways)}/event/realtime",
            subprotocols=[Subprotocol(text) for text in subprotocols if text not in odd],
            additional_headers=lines,
            max_size=None,
            proxy=None,
        )

    async def _hear(self, step: Hears) -> None:
        heard: list[Any] = []
        while len(heard) < len(step.frames):
            frame = json.loads(await self._clients[step.client].recv())
            if not is_passed_over(frame, step):
                heard.append(frame)
        check_heard(step, heard)

    async def _post(self, step: Post) -> None:
        headers = self._placeholders.fill_headers(step.headers)
        url = f"http://{next(self._gateways)}/event"
        answer = await self._http.post(url, content=self._placeholders.fill(step.body), headers=headers)
        found = (answer.status_code, answer.headers.get("x-amzn-errortype"))
        assert found == (step.status, step.error_type), answer.text
        assert matches(step.answer, answer.json()), answer.text

    async def _end(self, step: Silent | Closed | Leaves) -> None:
        client = self._clients[step.client]
        match step:
            case Silent(name):
                message, answer = fence(next(self._fences))
                await client.send(self._placeholders.fill(message), text=True)
                await self._hear(Hears(name, answer.frames))
            case Closed(name, code):
                assert await _last_words(client) == []
                assert client.close_code == code
                del self._clients[name]
            case Leaves(name):
                await client.close()
                del self._clients[name]


async def _last_words(client: ClientConnection) -> list[str | bytes]:
    heard: list[str | bytes] = []
    try:
        while True:
            heard.append(await client.recv())
    except ConnectionClosed:
        return heard
