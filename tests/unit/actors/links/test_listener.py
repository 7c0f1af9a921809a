"""A listener links nobody before the handshake, and one connection per session."""

import asyncio

from tests.support.link_ends import linked_pair, numbers

from eventray_core.link.envelopes import Renew


async def read_all(address: str, data: bytes) -> bytes:
    host, port = address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


async def test_what_is_no_handshake_ends_the_connection() -> None:
    async with linked_pair() as pair:
        await pair.until(lambda: pair.session.connected)
        for data in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x00\x00\x00\x01\xc1",
            (2**32 - 1).to_bytes(4) + b"x" * 100,
        ):
            assert await read_all(pair.listener.address, data) == b""
        pair.session.send(Renew(1))
        await pair.until(lambda: pair.ends.received)


async def test_nothing_is_sent_to_who_does_not_prove_the_secret() -> None:
    async with linked_pair(secret=b"another") as pair:
        await pair.until(lambda: pair.refusals)
        assert pair.ends.links == 0


async def test_a_link_that_ends_is_told_once() -> None:
    async with linked_pair() as pair:
        await pair.until(lambda: pair.ends.links == 1)
        await pair.dialler.stop()
        await pair.until(lambda: pair.ends.links == 0)


async def test_frames_of_any_size_arrive() -> None:
    async with linked_pair() as pair:
        # Many in one tick: one frame of more than a read.
        for number in range(100_000):
            pair.session.send(Renew(number))
        await pair.until(lambda: len(pair.ends.received) == 100_000)
        assert numbers(pair.ends.received) == list(range(100_000))
