"""A connection shows life, and gives up on a peer that shows none."""

import asyncio
import socket

from tests.support.link_ends import SECRET, linked_pair

from eventray_actors.links.addresses import fixed
from eventray_actors.links.dialler import Dialler
from eventray_core.link.envelopes import MemberKind


async def test_an_idle_link_lives_longer_than_its_silence_limit() -> None:
    async with linked_pair(silence=1.5) as pair:
        await pair.until(lambda: pair.session.connected)
        (link,) = pair.listener.links
        first = link.heard
        await pair.until(lambda: link.heard > first + 3)
        assert pair.listener.links == {link}


async def test_a_peer_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.setblocking(False)
        loop = asyncio.get_running_loop()
        dialler = Dialler(MemberKind.SHARD, "s", "s-1", SECRET, silence=1.0)
        dialler.start(fixed(f"127.0.0.1:{mute.getsockname()[1]}"))
        async with asyncio.timeout(20):
            first, _ = await loop.sock_accept(mute)
            with first:
                assert await loop.sock_recv(first, 1000)  # its Hello
                assert await loop.sock_recv(first, 1000) == b""  # it hangs up
            second, _ = await loop.sock_accept(mute)
            second.close()
        await dialler.stop()
