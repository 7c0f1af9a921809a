"""One worker process as its pool sees it."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import cast

import msgspec

from eventray_actors.handlers.messages import HEADER, Reply, Request, decode_reply, encode
from eventray_actors.handlers.worker import WorkerSettings

MODULE = "eventray_actors.handlers.worker"


class WorkerProcess(asyncio.Protocol):
    """A process that answers one request at a time; killed, it is gone at once.

    `ended` is called once, when the process can answer no more, for whatever reason.
    """

    def __init__(self, settings: WorkerSettings, ended: Callable[["WorkerProcess"], None]) -> None:
        self._settings = settings
        self._ended = ended
        self._process: subprocess.Popen[bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: Callable[[Reply], None] | None = None
        self._gone = False
        self.programs: dict[str, None] = {}
        """What it has, the least recently used first; kept by the pool."""

    async def start(self) -> None:
        """Start it; raises `OSError` when the system has no more to give."""
        ours, theirs = socket.socketpair()
        try:
            # Starting a process takes milliseconds in which others' events would wait.
            self._process = await asyncio.to_thread(_spawn, self._settings, theirs)
            await asyncio.get_running_loop().create_connection(lambda: self, sock=ours)
        except BaseException:
            ours.close()
            self.kill()
            raise
        finally:
            theirs.close()

    @property
    def pid(self) -> int | None:
        """Its process id."""
        return None if self._process is None else self._process.pid

    def request(self, request: Request, answer: Callable[[Reply], None]) -> None:
        """Ask; `answer` is called with the reply, or never if the process ends first."""
        assert self._answer is None
        self._answer = answer
        if self._transport is not None:
            self._transport.write(encode(request))

    def kill(self) -> None:
        """End it now, whatever it does."""
        if self._process is not None:
            self._process.kill()
        if self._transport is not None:
            self._transport.abort()

    async def reap(self) -> None:
        """Wait until the system has forgotten it."""
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process was started."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """A piece of a reply."""
        received = self._received
        received += data
        if len(received) < HEADER.size:
            return
        (length,) = HEADER.unpack_from(received)
        if len(received) < HEADER.size + length:
            return
        reply = decode_reply(bytes(received[HEADER.size : HEADER.size + length]))
        received.clear()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, or was told to."""
        if not self._gone:
            self._gone = True
            self._ended(self)


def _spawn(settings: WorkerSettings, connection: socket.socket) -> subprocess.Popen[bytes]:
    """A fresh interpreter that knows where the packages are and nothing else; no fork of this process."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-s", "-P", "-m", MODULE, msgspec.json.encode(settings).decode()],
        stdin=connection.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"},
        start_new_session=True,
    )
