"""The directory's way to code: any shard checks and evaluates it, the directory never does."""

import asyncio
import random
from collections.abc import Callable, Sequence

from eventray_core.control.errors import ControlUnavailableError
from eventray_core.link.envelopes import CheckCode, CodeChecked, Envelope, EvaluateCode, Evaluated
from eventray_core.link.session import Session

PATIENCE = 12.0
"""Seconds. The longest code that is allowed, on a machine that is busy, takes less."""

NO_SHARD = "No shard can look at the code at the moment."


class CodeRunner:
    """Asks one of `shards`, whose links are up; raises `ControlUnavailableError` when none answers."""

    def __init__(self, shards: Callable[[], Sequence[Session]]) -> None:
        self._shards = shards
        self._last = 0
        self._asked: dict[int, asyncio.Future[CodeChecked | Evaluated]] = {}

    async def check(self, code: str) -> CodeChecked:
        """What is wrong with code that is to be saved."""
        answer = await self._ask(lambda number: CheckCode(number, code))
        assert isinstance(answer, CodeChecked)
        return answer

    async def evaluate(self, code: str, context: str, function: str | None) -> Evaluated:
        """What code does with a context."""
        answer = await self._ask(lambda number: EvaluateCode(number, code, context, function))
        assert isinstance(answer, Evaluated)
        return answer

    async def _ask(self, question: Callable[[int], Envelope]) -> CodeChecked | Evaluated:
        shards = self._shards()
        if not shards:
            raise ControlUnavailableError(NO_SHARD)
        self._last += 1
        number = self._last
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        random.choice(shards).send(question(number))
        try:
            async with asyncio.timeout(PATIENCE):
                answer: CodeChecked | Evaluated = await future
        except TimeoutError:
            raise ControlUnavailableError(NO_SHARD) from None
        finally:
            del self._asked[number]
        if answer.unavailable is not None:
            raise ControlUnavailableError(answer.unavailable)
        return answer

    def answered(self, answer: CodeChecked | Evaluated) -> None:
        """A shard's answer; nobody may wait for it any more."""
        future = self._asked.get(answer.number)
        if future is not None and not future.done():
            future.set_result(answer)
