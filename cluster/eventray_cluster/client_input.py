"""Events from the command line and from standard input."""

import asyncio
import json
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from typing import TextIO

from eventray_cluster.errors import UsageError

MOST_AT_ONCE = 5
"""AppSync takes so many events in one publish."""

MOST_WAITING = 100


def checked(text: str, where: str) -> str:
    """A JSON text; raises `UsageError` if it is none."""
    try:
        json.loads(text)
    except ValueError as error:
        hint = " (a string needs its quotation marks)" if text[:1].isalpha() else ""
        raise UsageError(f"{where} is not JSON: {error}{hint}.") from None
    return text


def batches(texts: list[str]) -> list[list[str]]:
    """As many as fit in one publish, again and again."""
    return [texts[start : start + MOST_AT_ONCE] for start in range(0, len(texts), MOST_AT_ONCE)]


async def batches_of_lines(lines: TextIO) -> AsyncGenerator[list[str], None]:
    """What has come on the lines so far, at most a publish's worth at a time; empty lines say nothing.

    Raises `UsageError` at the first line that is not JSON, after those before it.
    """
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    room = threading.Semaphore(MOST_WAITING)
    loop = asyncio.get_running_loop()

    def put(line: str | None) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, line)

    # Reading may wait for ever, and this thread must not keep the program from ending.
    threading.Thread(target=_read, args=(lines, room, put), daemon=True, name="stdin").start()
    number, texts = 0, list[str]()
    while (line := await queue.get()) is not None:
        room.release()
        number += 1
        try:
            texts += [checked(line, f"Line {number}")] if line.strip() else []
        except UsageError:
            if texts:
                yield texts
            raise
        if texts and (queue.empty() or len(texts) == MOST_AT_ONCE):
            yield texts
            texts = []
    if texts:
        yield texts


def _read(lines: TextIO, room: threading.Semaphore, put: Callable[[str | None], object]) -> None:
    try:
        for line in lines:
            room.acquire()
            put(line.rstrip("\r\n"))
        put(None)
    except RuntimeError:
        return  # the loop has ended


def standard_input() -> TextIO:
    """Standard input, as UTF-8 whatever the locale says."""
    return open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False)
