"""Handlers' code by its hash, asked of the directory once."""

import asyncio
from collections import OrderedDict

from eventray_core.errors import ServiceUnavailableError
from eventray_core.link.envelopes import CodeText, CodeWanted
from eventray_core.link.session import Session

KEPT = 512
PATIENCE = 5.0
"""Seconds. A request waits no longer for a directory that does not answer."""


class HandlerCodes:
    """The codes that a shard has heard of. What was asked is asked again of a new directory."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._codes: OrderedDict[str, str] = OrderedDict()
        self._wanted: dict[str, asyncio.Future[str]] = {}

    def session_changed(self, session: Session) -> None:
        """There is another directory."""
        self._session = session
        for code_hash in self._wanted:
            session.send(CodeWanted(code_hash))

    def received(self, answer: CodeText) -> None:
        """The directory's answer; without code when no namespace has it any more."""
        future = self._wanted.pop(answer.code_hash, None)
        if answer.code is None:
            if future is not None and not future.done():
                future.set_exception(ServiceUnavailableError("The handler's code has been replaced."))
            return
        self._codes[answer.code_hash] = answer.code
        while len(self._codes) > KEPT:
            self._codes.popitem(last=False)
        if future is not None and not future.done():
            future.set_result(answer.code)

    async def code(self, code_hash: str) -> str:
        """The code; raises `ServiceUnavailableError` when it cannot be had."""
        if (code := self._codes.get(code_hash)) is not None:
            self._codes.move_to_end(code_hash)
            return code
        future = self._wanted.get(code_hash)
        if future is None:
            future = self._wanted[code_hash] = asyncio.get_running_loop().create_future()
            if self._session is not None:
                self._session.send(CodeWanted(code_hash))
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(future)
        except TimeoutError:
            raise ServiceUnavailableError("The handler's code could not be had.") from None
