"""A TLS port serves as a plain one does, and those who never shake hands are in nobody's way."""

import asyncio
import logging
import os
import resource
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.support.wire import (
    FIN,
    TEXT,
    RawClient,
    StandInEdge,
    Tls,
    Wire,
    frame,
    request,
    running_wire,
    until,
)

from eventray_core.limits import Limits


async def raw(wire: Wire) -> RawClient:
    """A connection that says nothing of itself."""
    wire.clients.append(RawClient(*await asyncio.open_connection("127.0.0.1", wire.port)))
    return wire.clients[-1]


@asynccontextmanager
async def serving(tls: Tls, **limits: int) -> AsyncIterator[Wire]:
    async with running_wire(StandInEdge(Limits(**limits)), tls) as wire:
        yield wire
    assert wire.server.counters.connections_open == 0
    assert wire.server.counters.half_open == 0


async def test_the_application_is_told_that_it_is_https(tls_wire: Wire) -> None:
    client = await tls_wire.client()
    await client.send(request())
    assert (await client.answer()).status == 200
    scope = tls_wire.app.scopes[0]
    assert scope["scheme"] == "https"
    assert scope["client"] == client.writer.get_extra_info("sockname")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_what_is_spoken(tls_wire: Wire, tls: Tls, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=tls.trust.get_ca_certs(binary_form=True)[0])
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection(
        "127.0.0.1", tls_wire.port, ssl=context, server_hostname="localhost"
    )
    spoken = writer.get_extra_info("ssl_object")
    assert spoken.version() == version.name.replace("_", ".")
    assert spoken.selected_alpn_protocol() == "http/1.1"
    writer.transport.abort()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_what_is_too_old_is_not_spoken(tls_wire: Wire) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", tls_wire.port, ssl=context)
    await until(lambda: tls_wire.server.counters.failed_handshakes == 1)


async def test_those_who_hold_out_give_way_to_those_who_come(tls: Tls) -> None:
    async with serving(tls, half_open_connections=5) as wire:
        silent = [await raw(wire) for _ in range(12)]
        assert await silent[0].rest() == b""
        client = await wire.client()
        await client.send(request())
        assert (await client.answer()).status == 200
        assert wire.server.counters.half_open <= 5 + 1
        assert wire.server.counters.half_open_dropped >= 7


async def test_a_handshake_takes_no_longer_than_it_may(tls: Tls) -> None:
    async with serving(tls, header_timeout_ms=30) as wire:
        silent, half = await raw(wire), await raw(wire)
        await half.send(b"\x16\x03\x01\x02\x00\x01")
        assert await silent.rest() == await half.rest() == b""
        await until(lambda: wire.server.counters.failed_handshakes == 2)
        assert wire.server.counters.header_timeouts == 2


async def test_after_the_handshake_the_requests_head_has_its_own_time(tls: Tls) -> None:
    async with serving(tls, header_timeout_ms=60) as wire:
        client = await wire.client()
        assert await client.rest() == b""
        assert wire.server.counters.header_timeouts == 1
        assert wire.server.counters.failed_handshakes == 0


@pytest.mark.parametrize("data", [request(), b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 70_000])
async def test_what_is_no_handshake_ends_at_once(tls_wire: Wire, data: bytes) -> None:
    client = await raw(tls_wire)
    client.writer.write(data)
    await client.rest()
    await until(lambda: tls_wire.server.counters.failed_handshakes == 1)
    assert tls_wire.app.scopes == []


async def test_a_client_that_distrusts_us_is_only_counted(
    tls_wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", tls_wire.port, ssl=ssl.create_default_context())
    # In TLS 1.3 the server is done before the client can object.
    await until(lambda: tls_wire.server.counters.half_open == 0)
    await until(lambda: tls_wire.server.counters.connections_open == 0)
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


async def test_a_client_that_says_goodbye_while_its_request_runs(
    tls_wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    client = await tls_wire.client()
    await client.send(request("POST", "/hold", body=b"a"))
    await until(lambda: len(tls_wire.app.scopes) == 1)
    client.writer.close()
    await until(lambda: tls_wire.server.counters.connections_open == 0)
    tls_wire.app.release.set()
    assert caplog.records == []


async def test_a_handler_learns_when_its_peer_stops_and_starts_reading(tls: Tls) -> None:
    async with serving(tls, outbound_buffer_bytes=100_000, publish_body_bytes=0) as wire:
        client, handler = await wire.open()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        sent = 0
        while not handler.pauses:
            handler.socket.send_text(b"x" * 50_000)
            sent += 1
            await asyncio.sleep(0)
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(sent):
            assert await client.frame() == (FIN | TEXT, b"x" * 50_000)
        await until(lambda: handler.pauses == [True, False])


async def test_a_stuck_peer_can_be_cut(tls: Tls) -> None:
    async with serving(tls, outbound_buffer_bytes=100_000, publish_body_bytes=0) as wire:
        client, handler = await wire.open()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        while not handler.pauses:
            handler.socket.send_text(b"x" * 50_000)
            await asyncio.sleep(0)
        handler.socket.abort()
        await until(lambda: handler.ends == [(None, False)])
        handler.socket.write(b"to nobody")


async def test_a_peer_that_never_closes_is_cut(tls: Tls) -> None:
    async with serving(tls, close_timeout_ms=30) as wire:
        client, handler = await wire.open()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        await client.send(frame(TEXT, b"x", masked=False))
        await until(lambda: wire.server.counters.connections_open == 0)
        assert handler.ends == [(1002, False)]


@pytest.mark.parametrize(
    ("requests", "limits"),
    [(2, {"body_timeout_ms": 30}), (1, {"keep_alive_timeout_ms": 30, "close_timeout_ms": 30})],
    ids=["several", "one"],
)
async def test_answers_that_nobody_reads_are_given_up(
    tls: Tls, requests: int, limits: dict[str, int]
) -> None:
    async with serving(tls, **limits) as wire:
        client = await wire.client()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # typed as a write transport
        await client.send(request("GET", "/large") * requests)
        await until(lambda: wire.server.counters.connections_open == 1)
        await until(lambda: wire.server.counters.connections_open == 0)


async def test_draining_lets_those_who_are_queued_shake_hands(tls_wire: Wire, tls: Tls) -> None:
    # These block: the server cannot run before all of them are queued.
    queued = [socket.create_connection(("127.0.0.1", tls_wire.port)) for _ in range(50)]
    await tls_wire.server.drain(5)
    reader, writer = await asyncio.open_connection(
        sock=queued[-1], ssl=tls.trust, server_hostname="localhost"
    )
    writer.write(request())
    assert (await RawClient(reader, writer).answer()).headers["connection"] == "close"
    for each in queued:
        each.close()
    with pytest.raises(ConnectionRefusedError):
        await raw(tls_wire)


async def test_draining_before_there_are_certificates_is_done_at_once(tls: Tls) -> None:
    async with running_wire(StandInEdge(), None) as wire:
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        wire.server._tls_sockets.append(bound)
        await wire.server.drain(5)
        wire.server.start_tls(tls.choose)
        assert bound.fileno() == -1


async def test_stopping_ends_handshakes(tls: Tls) -> None:
    async with serving(tls) as wire:
        silent = [await raw(wire) for _ in range(3)]
        await until(lambda: wire.server.counters.half_open == 3)
        await wire.server.stop(5)
        assert [await each.rest() for each in silent] == [b""] * 3


async def test_a_handshake_that_is_ended_before_it_began(tls: Tls) -> None:
    async with serving(tls, half_open_connections=1) as wire:
        # All are accepted in one turn, before any of their tasks has run.
        silent = [socket.create_connection(("127.0.0.1", wire.port)) for _ in range(10)]
        await until(lambda: wire.server.counters.half_open_dropped == 9)
        await until(lambda: wire.server.counters.failed_handshakes == 9)
        for each in silent[:9]:
            each.settimeout(5)
            assert each.recv(1) == b""
        for each in silent:
            each.close()


async def test_without_files_it_waits_and_goes_on(tls_wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    waiting = socket.create_connection(("127.0.0.1", tls_wire.port))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        await until(lambda: "no connection can be accepted" in caplog.text)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    await until(lambda: tls_wire.server.counters.half_open == 1)
    waiting.close()
    await until(lambda: tls_wire.server.counters.failed_handshakes == 1)
