"""Peers that hold out: each time-out, and the crowd that must not keep others from being served."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
from tests.support.wire import RawClient, StandInEdge, Wire, handshake, request, running_wire, until

from eventray_core.limits import Limits

LATE_MS = 60


@pytest.fixture
async def impatient(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    """A server with one short time-out; the others never come."""
    async with running_wire(StandInEdge(replace(Limits(), **{request.param: LATE_MS}))) as wire:
        yield wire


def late(field: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("impatient", [field], indirect=True)


def counters_reach(wire: Wire, looks: int) -> bool:
    return wire.server.counters.body_timeouts >= looks


async def assert_cut(client: RawClient) -> None:
    assert await client.rest() == b""


@late("header_timeout_ms")
@pytest.mark.parametrize("part", [b"", b"\r\n", b"GET", b"GET / HTTP/1.1\r\nhost: a\r\n", handshake()[:-2]])
async def test_a_head_must_come_in_time(impatient: Wire, part: bytes) -> None:
    async with await impatient.client() as client:
        await client.send(part)
        await assert_cut(client)
    assert impatient.server.counters.header_timeouts == 1


@late("header_timeout_ms")
async def test_a_trickle_does_not_buy_time(impatient: Wire) -> None:
    async with await impatient.client() as client:
        await client.send(b"GET / HTTP/1.1\r\nx: ")
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of the writes fails depends on the kernel
            while True:
                await client.send(b"a")
                await asyncio.sleep(0)
    assert impatient.server.counters.header_timeouts == 1


@late("header_timeout_ms")
async def test_the_next_head_has_as_long_from_its_first_byte(impatient: Wire) -> None:
    async with await impatient.client() as client:
        await client.send(request())
        await client.answer()
        await until(lambda: impatient.server.counters.half_open == 0)
        await client.send(b"GET")
        await until(lambda: impatient.server.counters.half_open == 1)
        await assert_cut(client)
    assert impatient.server.counters.header_timeouts == 1


@late("header_timeout_ms")
async def test_a_late_head_behind_a_request_does_not_cost_its_answer(impatient: Wire) -> None:
    async with await impatient.client() as client:
        await client.send(request("GET", "/hold") + b"GET")
        await until(lambda: impatient.server.counters.header_timeouts == 1)
        impatient.app.release.set()
        assert [(await client.answer()).status for _ in range(2)] == [200, 408]


@late("header_timeout_ms")
async def test_neither_an_application_at_work_nor_a_websocket_is_late(impatient: Wire) -> None:
    busy, open_ = await impatient.client(), await impatient.client()
    await busy.send(request("GET", "/hold"))
    await open_.upgrade()
    async with await impatient.client() as idle:
        await assert_cut(idle)
    impatient.app.release.set()
    assert (await busy.answer()).status == 200
    assert impatient.edge.handlers[0].ends == []


@late("body_timeout_ms")
@pytest.mark.parametrize(
    "head", ["content-length: 100", "transfer-encoding: chunked"], ids=["declared", "chunked"]
)
async def test_a_body_must_make_progress(impatient: Wire, head: str) -> None:
    async with await impatient.client() as client:
        await client.send(request("POST", "/", head) + b"5\r\nabcde\r\n")
        answer = await client.answer()
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (408, "BadRequestException")
        await assert_cut(client)
    await until(lambda: impatient.app.disconnects == 1)


@late("body_timeout_ms")
async def test_a_body_that_makes_progress_may_take_long(impatient: Wire) -> None:
    async with await impatient.client() as client:
        await client.send(request("POST", "/", "content-length: 80000"))
        for look in (1, 2, 3):
            await client.send(b"x" * 20_000)
            await until(partial(counters_reach, impatient, look))
        await client.send(b"x" * 20_000)
        assert len((await client.answer()).body) == 80_000


@late("body_timeout_ms")
async def test_an_answer_that_nobody_reads_is_given_up(impatient: Wire) -> None:
    async with await impatient.client() as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        await client.send(request("GET", "/large"))
        await until(lambda: impatient.server.counters.connections_open == 0)


@late("keep_alive_timeout_ms")
async def test_an_idle_connection_is_closed(impatient: Wire) -> None:
    async with await impatient.client() as client:
        await client.send(request())
        assert (await client.answer()).status == 200
        await client.send(b"\r\n")
        await assert_cut(client)


@late("close_timeout_ms")
async def test_a_refused_client_that_stays_is_cut(impatient: Wire) -> None:
    async with await impatient.client() as client:
        await client.send(b"nonsense\r\n\r\n")
        assert (await client.answer()).status == 400
        await until(lambda: impatient.server.counters.connections_open == 0)


async def test_the_oldest_half_open_connection_gives_way() -> None:
    async with running_wire(StandInEdge(Limits(half_open_connections=3))) as wire:
        clients = []
        for part in (b"", b"GET / HTTP/1.1\r\n", handshake()[:-2], b"GET", b"GET"):
            clients.append(await wire.client())
            await clients[-1].send(part)
            await until(lambda: wire.server.counters.connections_opened == len(clients))
        for oldest in clients[:2]:
            await assert_cut(oldest)
        await clients[2].send(b"\r\n")
        assert (await clients[2].answer()).status == 101
        async with await wire.client() as honest:
            await honest.send(request())
            assert (await honest.answer()).status == 200
        assert (wire.server.counters.half_open, wire.server.counters.half_open_dropped) == (2, 2)


async def test_a_crowd_of_half_open_connections_keeps_nobody_out() -> None:
    async with running_wire(StandInEdge(Limits(half_open_connections=50))) as wire:
        crowd = [await wire.client() for _ in range(400)]
        for client in crowd:
            client.writer.write(b"GET / HTTP/1.1\r\nx: " + b"a" * 10_000)
        async with await wire.client() as honest:
            await honest.send(request())
            assert (await honest.answer()).status == 200
        await until(lambda: wire.server.counters.connections_open <= 50)
        assert wire.server.counters.half_open <= 50
        for client in crowd:
            client.vanish()
        await until(lambda: wire.server.counters.connections_open == 0)
