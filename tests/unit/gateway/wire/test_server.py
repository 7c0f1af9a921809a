import asyncio
import socket

import pytest
from tests.support.wire import (
    CLOSE,
    FIN,
    TEXT,
    StandInEdge,
    Wire,
    close_frame,
    frame,
    request,
    running_wire,
    until,
)

from eventray_core.limits import Limits


async def test_draining_serves_those_who_are_queued_and_nobody_after(plain_wire: Wire) -> None:
    loop = asyncio.get_running_loop()
    # These block: the server cannot run before all of them are queued.
    queued = [socket.create_connection(("127.0.0.1", plain_wire.port)) for _ in range(20)]
    for each in queued:
        each.send(request())
        each.setblocking(False)
    await plain_wire.server.drain(5)
    for each in queued:
        answer = await asyncio.wait_for(loop.sock_recv(each, 1_000), 5)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer
        each.close()
    with pytest.raises(ConnectionRefusedError):
        await plain_wire.client()


async def test_draining_leaves_connections_alone(wire: Wire) -> None:
    client, handler = await wire.open()
    await wire.server.drain(5)
    await wire.server.drain(5)
    assert handler.ends == []
    await client.send(frame(TEXT, b"echo"))
    assert await client.frame() == (FIN | TEXT, b"echo")


async def test_stopping_finishes_answers_and_closes_idle_connections(wire: Wire) -> None:
    busy, idle = await wire.client(), await wire.client()
    await idle.send(request())
    await idle.answer()
    await busy.send(request("POST", "/hold", body=b"body"))
    await until(lambda: len(wire.app.scopes) == 2)
    stopping = asyncio.gather(wire.server.stop(5))
    assert await idle.rest() == b""
    assert not stopping.done()
    wire.app.release.set()
    answer = await busy.answer()
    assert (answer.body, answer.headers["connection"]) == (b"body", "close")
    await stopping


async def test_stopping_says_goodbye_to_websockets(wire: Wire) -> None:
    client, handler = await wire.open()
    stopping = asyncio.gather(wire.server.stop(5))
    assert await client.frame() == (FIN | CLOSE, b"\x03\xe9")
    await client.send(close_frame(1001))
    await stopping
    assert handler.ends == [(1001, True)]


async def test_stopping_takes_no_longer_than_it_may() -> None:
    async with running_wire(StandInEdge(Limits())) as wire:
        busy, half = await wire.client(), await wire.client()
        _, handler = await wire.open()
        await busy.send(request("GET", "/hold"))
        await half.send(b"GET")
        await until(lambda: len(wire.app.scopes) == 1 and wire.server.counters.half_open == 1)
        await wire.server.stop(0.02)
        assert wire.server.counters.connections_open == 0
        assert handler.ends == [(None, False)]


async def test_stopping_frees_the_port(wire: Wire) -> None:
    await wire.server.stop(5)
    with socket.socket() as other:
        other.bind(("127.0.0.1", wire.port))


async def test_small_answers_go_out_at_once_and_vanished_peers_are_noticed(wire: Wire) -> None:
    await wire.open()
    [connection] = wire.server._hub.sockets
    accepted = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 120_000
