"""Against servers that speak the protocol otherwise; the real one is in `test_realtime.py`."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from eventray_client import ApiKey, CredentialsRefusedError, EventsError, RefusedError, UnavailableError
from eventray_client.connection import Connection
from eventray_client.server import Server

ACK = {"type": "connection_ack", "connectionTimeoutMs": 300_000}


@asynccontextmanager
async def speaking(*frames: Any, status: HTTPStatus | None = None) -> AsyncIterator[tuple[Server, list[str]]]:
    """A server that says these frames after the first message, then repeats what it is told."""
    offered: list[str] = []

    def refuse(connection: ServerConnection, request: Request) -> Response | None:
        offered.append(request.headers["Sec-WebSocket-Protocol"])
        return connection.respond(status, "no") if status else None

    async def handle(connection: ServerConnection) -> None:
        await connection.recv()
        for frame in frames:
            await connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
        async for message in connection:
            await connection.send(message)

    subprotocols = [Subprotocol("aws-appsync-event-ws")]
    async with serve(handle, "127.0.0.1", 0, subprotocols=subprotocols, process_request=refuse) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        host = f"127.0.0.1:{port}"
        yield Server(f"http://{host}/event", f"ws://{host}/event/realtime", ApiKey("da2-k")), offered


async def outcome(server: Server, heard: list[Any] | None = None) -> EventsError:
    """Why the connection ended."""
    heard = [] if heard is None else heard
    connection = await Connection.open(server, lambda id_, text: heard.append((id_, text)), 2.0)
    async with asyncio.timeout(10):
        return await connection.run()


async def test_the_credentials_are_in_the_upgrade() -> None:
    async with speaking(ACK) as (server, offered):
        connection = await Connection.open(server, lambda id_, text: None, 2.0)
        await connection.close()
    protocol, header = offered[0].split(", ")
    assert protocol == "aws-appsync-event-ws"
    shown = base64.urlsafe_b64decode(header.removeprefix("header-") + "==")
    assert json.loads(shown) == {"host": server.host, "x-api-key": "da2-k"}


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"errorType": "UnauthorizedException", "errorCode": 401}, CredentialsRefusedError),
        ({"errorType": "BadRequestException", "message": "signature"}, RefusedError),
        ({"errorType": "InternalFailure"}, UnavailableError),
    ],
)
async def test_a_connection_error_is_told_at_the_start_and_later(
    entry: dict[str, Any], kind: type[EventsError]
) -> None:
    error = {"type": "connection_error", "errors": [entry]}
    async with speaking(error) as (server, _):
        with pytest.raises(kind):
            await outcome(server)
    async with speaking(ACK, error) as (server, _):
        assert isinstance(await outcome(server), kind)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (HTTPStatus.UNAUTHORIZED, CredentialsRefusedError),
        (HTTPStatus.NOT_FOUND, RefusedError),
        (HTTPStatus.BAD_GATEWAY, UnavailableError),
    ],
)
async def test_an_upgrade_may_be_refused_by_its_status(status: HTTPStatus, kind: type[EventsError]) -> None:
    async with speaking(status=status) as (server, _):
        with pytest.raises(kind):
            await outcome(server)


async def test_what_is_unknown_is_passed_over_and_events_get_through() -> None:
    nonsense = ["", "no json", "[]", b"\xff", {"type": "later"}, {"type": "data", "id": "a", "event": ["x"]}]
    errors = [{"type": "broadcast_error", "id": "a", "errors": []}, {"type": "error"}]
    data = {"type": "data", "id": "a", "event": "1"}
    short = {"type": "connection_ack", "connectionTimeoutMs": 300}
    heard: list[Any] = []
    async with speaking(short, *nonsense, *errors, data) as (server, _):
        ended = await outcome(server, heard)
    assert heard == [("a", "1")]
    assert str(ended) == "The server was silent for 0.3 s."


async def test_a_server_that_does_not_acknowledge_is_given_up() -> None:
    async with speaking({"type": "ka"}) as (server, _):
        with pytest.raises(UnavailableError, match=r"no acknowledgement in 0\.2 s"):
            await Connection.open(server, lambda id_, text: None, 0.2)


async def test_after_its_end_nothing_can_be_asked() -> None:
    async with speaking({**ACK, "connectionTimeoutMs": 100}) as (server, _):
        connection = await Connection.open(server, lambda id_, text: None, 2.0)
        await connection.run()
        with pytest.raises(UnavailableError, match="lost"):
            await connection.ask("publish", "1", {}, 1.0)
