"""A TLS port: connections from their accept to the end of the TLS handshake.

The loop's own TLS server would tell nobody of a connection before its handshake is done, and one that never
does it could not be made to give way to others. So connections are accepted here.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable

from eventray_gateway.wire.http_protocol import HttpConnection
from eventray_gateway.wire.hub import Hub

_log = logging.getLogger(__name__)

ChooseContext = Callable[[str], ssl.SSLContext]
"""What to begin a handshake with, by the address at which the client has reached us."""

ACCEPTED_PER_TURN = 32
NO_FILES_PAUSE_S = 1.0


class TlsListener:
    """Listens on a socket that is bound."""

    def __init__(self, hub: Hub, bound: socket.socket, choose: ChooseContext) -> None:
        self._hub = hub
        self._bound = bound
        self._choose = choose
        self._pause: asyncio.TimerHandle | None = None

    def start(self, backlog: int) -> None:
        """Accept from now on."""
        self._bound.listen(backlog)
        self._resume()

    def _resume(self) -> None:
        self._pause = None
        self._hub.loop.add_reader(self._bound, self._accept)

    def close(self) -> None:
        """Accept no more; the socket is still the caller's."""
        self._hub.loop.remove_reader(self._bound)
        if self._pause is not None:
            self._pause.cancel()

    def _accept(self) -> None:
        for _ in range(ACCEPTED_PER_TURN):
            try:
                accepted, _ = self._bound.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                _log.error("no connection can be accepted for %s s: %s", NO_FILES_PAUSE_S, error)
                self._hub.loop.remove_reader(self._bound)
                self._pause = self._hub.loop.call_later(NO_FILES_PAUSE_S, self._resume)
                return
            accepted.setblocking(False)
            _Handshake(self._hub, accepted).start(self._choose)


class _Handshake:
    """One connection that is not encrypted yet; an `HttpConnection` gets it when it is."""

    def __init__(self, hub: Hub, accepted: socket.socket) -> None:
        self._hub = hub
        self._socket = accepted
        self._task: asyncio.Task[bool] | None = None

    def start(self, choose: ChooseContext) -> None:
        """Begin, in the time that a request's head may take."""
        self._hub.clocks.handshakes.start(self, self.abort)
        self._task = self._hub.handshakes.start(self._shake_hands(choose), "TLS handshake")
        self._task.add_done_callback(self._ended)

    def abort(self) -> None:
        """End at once."""
        if self._task is not None:
            self._task.cancel()

    async def _shake_hands(self, choose: ChooseContext) -> bool:
        """Whether it came to its end."""
        try:
            transport, _ = await self._hub.loop.connect_accepted_socket(
                lambda: HttpConnection(self._hub),
                self._socket,
                ssl=choose(str(self._socket.getsockname()[0])),
                ssl_shutdown_timeout=self._hub.limits.close_timeout_ms / 1000,
            )
        except OSError:  # TLS errors are such: the peer's doing
            return False
        # The loop takes a peer that went without a word for one that is done.
        return not transport.is_closing()

    def _ended(self, task: asyncio.Task[bool]) -> None:
        self._hub.clocks.handshakes.cancel(self)
        if task.cancelled() or task.exception() is not None or not task.result():
            self._hub.counters.failed_handshakes += 1
            # The loop lets go of the connection when it ends, at whatever point it was.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
