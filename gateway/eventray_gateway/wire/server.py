"""The server: listeners, and the beginning and end of everything behind them."""

import asyncio
import select
import socket
from collections.abc import Callable, Sequence
from typing import Any

from eventray_gateway.wire.adapter import uvicorn_config
from eventray_gateway.wire.edge import Edge, Rejection, Upgrade, WebSocket, WebSocketHandler
from eventray_gateway.wire.http_protocol import HttpConnection
from eventray_gateway.wire.hub import Hub, WireCounters
from eventray_gateway.wire.tls_listener import ChooseContext, TlsListener

__all__ = [
    "ChooseContext",
    "Edge",
    "Rejection",
    "Upgrade",
    "WebSocket",
    "WebSocketHandler",
    "WireCounters",
    "WireServer",
]

BACKLOG = 2_048
GOING_AWAY = 1001
CUT_TIMEOUT = 1.0
VANISHED_MS = 120_000
"""A peer that acknowledges nothing for so long is gone; the system's default is a quarter of an hour."""


class WireServer:
    """Serves an ASGI application, and a gateway's WebSockets, on sockets that are bound but not listening.

    On the TLS sockets it listens only once there are certificates.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        edge: Edge,
        sockets: Sequence[socket.socket],
        tls_sockets: Sequence[socket.socket] = (),
    ) -> None:
        self._hub = Hub(uvicorn_config(app), edge, asyncio.get_running_loop())
        self._sockets = list(sockets)
        self._tls_sockets = list(tls_sockets)
        self._listeners: list[asyncio.AbstractServer | TlsListener] = []
        self._listening: list[socket.socket] = []
        self.listens_with_tls = False
        """Whether all its sockets are served, the TLS ones too."""

    @property
    def counters(self) -> WireCounters:
        """Numbers, to be read at any time."""
        return self._hub.counters

    async def start(self) -> None:
        """Listen on the plain sockets."""
        for listener in self._sockets:
            _set_options(listener)
            self._listening.append(listener)
            self._listeners.append(
                await self._hub.loop.create_server(self._connect, sock=listener, backlog=BACKLOG)
            )
        self.listens_with_tls = not self._tls_sockets

    def _connect(self) -> asyncio.Protocol:
        return HttpConnection(self._hub)

    def start_tls(self, choose: ChooseContext) -> None:
        """Listen on the TLS sockets, unless draining has begun; `choose` is asked at each connection."""
        if self._hub.draining:
            return
        for bound in self._tls_sockets:
            _set_options(bound)
            listener = TlsListener(self._hub, bound, choose)
            listener.start(BACKLOG)
            self._listening.append(bound)
            self._listeners.append(listener)
        self.listens_with_tls = True

    async def drain(self, timeout_s: float) -> None:
        """Accept what is queued, then listen no more. Connections go on; HTTP answers ask for their close."""
        self._hub.draining = True
        deadline = self._hub.loop.time() + timeout_s
        # The loop accepts meanwhile; nobody tells when the queue is empty.
        while self._listeners and self._is_anyone_queued() and self._hub.loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await self._close_listeners()

    def _is_anyone_queued(self) -> bool:
        queue = select.poll()
        for listener in self._listening:
            queue.register(listener, select.POLLIN)
        return bool(queue.poll(0))

    async def _close_listeners(self) -> None:
        listeners, self._listeners, self._listening = self._listeners, [], []
        for listener in listeners:
            listener.close()
        for bound in (*self._sockets, *self._tls_sockets):
            bound.close()
        await asyncio.sleep(0)  # uvloop lets go of the port in the next round

    async def stop(self, timeout_s: float) -> None:
        """Listen no more, finish the answers under way, close everything, and cut what is left at the end."""
        self._hub.draining = True
        await self._close_listeners()
        await self._hub.handshakes.stop()
        for connection in list(self._hub.state.connections):
            connection.shutdown()
        for websocket in list(self._hub.sockets):
            websocket.close(GOING_AWAY)
        try:
            async with asyncio.timeout(timeout_s):
                await self._hub.wait_until_empty()
        except TimeoutError:
            await self._cut()
        self._hub.close()

    async def _cut(self) -> None:
        tasks = list(self._hub.state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CUT_TIMEOUT)
        for connection in list(self._hub.state.connections):
            connection.transport.abort()
        for websocket in list(self._hub.sockets):
            websocket.abort()
        async with asyncio.timeout(CUT_TIMEOUT):
            await self._hub.wait_until_empty()


def _set_options(listener: socket.socket) -> None:
    """Accepted sockets inherit them."""
    if listener.family == socket.AF_UNIX:
        return
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_MS)
