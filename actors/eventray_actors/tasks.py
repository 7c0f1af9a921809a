"""Background tasks that are kept, named, and never fail in silence."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

_log = logging.getLogger(__name__)


async def every(seconds: float, step: Callable[[], None]) -> None:
    """Do something again and again; a fault in one step is logged and costs that step only."""
    while True:
        await asyncio.sleep(seconds)
        try:
            step()
        except Exception:
            _log.exception("a periodic step failed")


class Tasks:
    """The background tasks of one actor.

    `on_failure` is called when a task that should run for ever ends with an error.
    """

    def __init__(self, on_failure: Callable[[], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_failure = on_failure

    def start(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run a coroutine until it ends or `stop` is called."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        _log.error("task %s failed", task.get_name(), exc_info=task.exception())
        if self._on_failure is not None:
            self._on_failure()

    async def stop(self) -> None:
        """Cancel all and wait until they have ended."""
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
