"""Waiting until members have processed what they were sent."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from eventray_core.link.session import Session


@dataclass(slots=True)
class _Waiting:
    outstanding: list[tuple[Session, int]]
    done: asyncio.Future[None]


class Confirmations:
    """Who waits for which envelopes to be confirmed. Call `look` whenever a session may have moved on."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    async def wait(self, sent: Mapping[Session, int], patience: float) -> bool:
        """Return when each session's peer has processed the envelope of that number, or after `patience`.

        Tells whether they all have.
        """
        outstanding = _outstanding(list(sent.items()))
        if not outstanding:
            return True
        waiting = _Waiting(outstanding, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(patience):
                await waiting.done
        except TimeoutError:
            return False
        finally:
            self._waiting.remove(waiting)
        return True

    def look(self) -> None:
        """Let go on who has nothing left to wait for."""
        for waiting in self._waiting:
            waiting.outstanding = _outstanding(waiting.outstanding)
            if not waiting.outstanding and not waiting.done.done():
                waiting.done.set_result(None)


def _outstanding(sent: list[tuple[Session, int]]) -> list[tuple[Session, int]]:
    return [(session, number) for session, number in sent if session.acked < number]
