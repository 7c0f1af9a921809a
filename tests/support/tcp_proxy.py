"""A TCP proxy for tests: what is behind it can be made to vanish, to fall silent, and to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TcpProxy:
    """Passes bytes on to `target`, a `host:port`, which may be changed."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.port = 0
        self.accepted = 0
        self.held = 0
        """How many times something came while it was frozen."""
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    @property
    def address(self) -> str:
        """Where it listens, also while it does not."""
        return f"127.0.0.1:{self.port}"

    @property
    def is_used(self) -> bool:
        """Whether there are connections through it."""
        return bool(self._ends)

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections, and cut those that are there."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Cut the connections that are there."""
        for end in self._ends:
            end.transport.abort()

    def freeze(self) -> None:
        """Pass nothing on, without closing anything."""
        self._flows.clear()

    def thaw(self) -> None:
        """Pass on what was held back, and whatever comes."""
        self._flows.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        host, _, port = self.target.rpartition(":")
        self._ends.add(writer)
        try:
            there = await asyncio.open_connection(host, int(port))
            self._ends.add(there[1])
            await asyncio.gather(self._pass_on(reader, there[1]), self._pass_on(there[0], writer))
            self._ends.discard(there[1])
        except OSError:
            pass
        finally:
            writer.close()
            self._ends.discard(writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                self.held += not self._flows.is_set()
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def proxying(target: str) -> AsyncIterator[TcpProxy]:
    """A proxy that listens; stopped at the end."""
    proxy = TcpProxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
        proxy.thaw()
