"""One WebSocket connection, from its acknowledgement to its end."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from eventray_client.errors import EventsError, UnavailableError, refusal, unreachable
from eventray_client.messages import (
    CONNECT_BODY,
    SUBPROTOCOL,
    Frame,
    decode,
    encode,
    header_subprotocol,
    reasons,
)
from eventray_client.server import Server

logger = logging.getLogger("eventray_client")

MOST_FRAME_BYTES = 4 * 1024 * 1024
"""An event is at most 240 KB of JSON, which can double as a JSON string."""

CLOSE_TIMEOUT_S = 2.0
PING_INTERVAL_S = 20.0
DEFAULT_KEEP_ALIVE_S = 300.0

OnEvent = Callable[[str, str], None]
"""Takes a subscription's id and an event's JSON text; must not wait."""


class Connection:
    """A connection that the server has acknowledged. `run` must run for anything to come in."""

    def __init__(self, socket: ClientConnection, on_event: OnEvent) -> None:
        self._socket = socket
        self._on_event = on_event
        self._answers: dict[tuple[str, str], asyncio.Future[Frame]] = {}
        self._keep_alive_s = DEFAULT_KEEP_ALIVE_S
        self.is_lost = False

    @classmethod
    async def open(cls, server: Server, on_event: OnEvent, timeout_s: float) -> Self:
        """Connect, and wait for the acknowledgement.

        Raises `CredentialsRefusedError`, or `UnavailableError` for whatever may be tried again.
        """
        authorization = await server.authorization.headers(server.http_url, CONNECT_BODY)
        shown = header_subprotocol({"host": server.host, **authorization})
        try:
            async with asyncio.timeout(timeout_s):
                connection = cls(await _connect(server, shown), on_event)
                try:
                    await connection._acknowledge()
                except BaseException:
                    await connection.close()
                    raise
                return connection
        except TimeoutError:
            reason = TimeoutError(f"no acknowledgement in {timeout_s:g} s")
            raise unreachable(server.realtime_url, reason) from None
        except ConnectionClosed as error:
            raise unreachable(server.realtime_url, error) from error

    async def _acknowledge(self) -> None:
        await self._socket.send(encode({"type": "connection_init"}))
        while True:
            frame = decode(await self._socket.recv())
            if frame.get("type") == "connection_error":
                raise refusal(reasons(frame), "")
            if frame.get("type") == "connection_ack":
                timeout_ms = frame.get("connectionTimeoutMs")
                if isinstance(timeout_ms, int | float) and timeout_ms > 0:
                    self._keep_alive_s = timeout_ms / 1000
                return

    async def run(self) -> EventsError:
        """Take what comes in until the connection ends; returns why it ended."""
        try:
            return await self._read()
        finally:
            self.is_lost = True
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(UnavailableError("The connection was lost before the answer."))
            await self.close()

    async def _read(self) -> EventsError:
        """Whatever comes shows that the server lives; without anything for its time, it does not."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._keep_alive_s) as silence:
                while True:
                    frame = decode(await self._socket.recv())
                    silence.reschedule(loop.time() + self._keep_alive_s)
                    if frame.get("type") == "connection_error":
                        return refusal(reasons(frame), "")
                    self._take(frame)
        except TimeoutError:
            return UnavailableError(f"The server was silent for {self._keep_alive_s:g} s.")
        except ConnectionClosed as error:
            return UnavailableError(f"The connection was closed: {error}.")

    def _take(self, frame: Frame) -> None:
        kind, id_ = frame.get("type", ""), frame.get("id", "")
        operation, _, outcome = kind.rpartition("_")
        if kind == "data":
            if isinstance(frame.get("event"), str):
                self._on_event(id_, frame["event"])
        elif outcome in ("success", "error") and (answer := self._answers.get((operation, id_))):
            if not answer.done():
                answer.set_result(frame)
        elif kind in ("error", "broadcast_error"):
            logger.warning("the server reports %s", reasons(frame))

    async def ask(self, operation: str, id_: str, fields: Mapping[str, Any], timeout_s: float) -> Frame:
        """Send a message and wait for its answer, a success or an error; raises `UnavailableError`."""
        if self.is_lost:
            raise UnavailableError("The connection is lost.")
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._answers[operation, id_] = answer
        try:
            async with asyncio.timeout(timeout_s):
                await self._socket.send(encode({"type": operation, "id": id_, **fields}))
                return await answer
        except TimeoutError:
            raise UnavailableError(f"The server did not answer in {timeout_s:g} s.") from None
        except ConnectionClosed as error:
            raise UnavailableError(f"The connection was closed: {error}.") from None
        finally:
            del self._answers[operation, id_]
            answer.cancel()

    async def close(self) -> None:
        """End it; waits for the server's part no longer than `CLOSE_TIMEOUT_S`."""
        await self._socket.close()


async def _connect(server: Server, shown: str) -> ClientConnection:
    url = server.realtime_url
    try:
        return await connect(
            url,
            subprotocols=[Subprotocol(SUBPROTOCOL), Subprotocol(shown)],
            ssl=server.tls(url),
            compression=None,
            proxy=None,
            open_timeout=None,
            ping_interval=PING_INTERVAL_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MOST_FRAME_BYTES,
        )
    except InvalidStatus as error:
        raise refusal((), "", error.response.status_code) from error
    except (OSError, InvalidHandshake) as error:
        raise unreachable(url, error) from error
