"""Signals to an orderly end, in every phase of the command's life."""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType

logger = logging.getLogger(__name__)

DEADLINE_S = 9.0
"""After this long everything is killed, so that nobody waits for more than 10 s."""


class Ending:
    """The first signal ends the command in order, later ones change nothing.

    Before `attach` it ends by `SystemExit`, afterwards by cancelling the task.
    """

    def __init__(self) -> None:
        self.signalled = False
        self._begun = False
        self._task: asyncio.Task[object] | None = None
        self._kill: Callable[[], None] = lambda: None
        self._timer: threading.Timer | None = None
        self._bells: tuple[socket.socket, ...] = ()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                signal.signal(number, self._on_signal)

    def attach(self, kill: Callable[[], None]) -> None:
        """From now on a signal cancels the running task; `kill` is the last means, called in a thread."""
        self._task = asyncio.current_task()
        self._kill = kill
        self._wake_the_loop()

    def _wake_the_loop(self) -> None:
        """Or a signal that comes just before the loop goes to sleep would be slept over."""
        near, far = self._bells = socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        signal.set_wakeup_fd(far.fileno(), warn_on_full_buffer=False)
        asyncio.get_running_loop().add_reader(near, near.recv, 4_096)

    def detach(self) -> None:
        """The end has begun, whatever the reason: from now on signals change nothing, and time runs."""
        self._task = None
        self._begin()

    def close(self) -> None:
        """All has ended in time."""
        signal.set_wakeup_fd(-1)
        for end in self._bells:
            end.close()
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._timer = threading.Timer(DEADLINE_S, self._give_up)
            self._timer.daemon = True
            self._timer.start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._begun:
            return
        self.signalled = True
        self._begin()
        if self._task is None:
            sys.exit(0)
        self._task.get_loop().call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _give_up(self) -> None:
        logger.error("stopping takes too long, what is left is killed")
        self._kill()
        os._exit(0 if self.signalled else 1)
