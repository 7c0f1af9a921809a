"""Management calls on their way to the directory and back, over the gateway's link to it."""

import asyncio
import itertools

from eventray_core.control.calls import Answer, Call
from eventray_core.control.errors import ControlError, ControlUnavailableError
from eventray_core.link.envelopes import ControlCall, ControlReply
from eventray_core.link.session import Session

MOST_IN_FLIGHT = 100


class TooManyCallsError(ControlError):
    """As many calls as a gateway takes at once are under way; clients try again by themselves."""

    error_type = "LimitExceededException"
    status = 429


class DirectoryCalls:
    """Any number of calls at once, up to a bound; each is answered, if need be by saying that it failed.

    A session belongs to one life of the gateway and one of the directory. A call whose session has ended
    is answered as unavailable, whether it was done or not, and never sent again: that is its caller's choice.
    """

    def __init__(self, budget_ms: int) -> None:
        self._budget_ms = budget_ms
        self._session: Session | None = None
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Answer]] = {}

    def session_changed(self, session: Session | None) -> None:
        """From now on calls go there; those under way elsewhere have failed."""
        self._session = session
        pending, self._pending = self._pending, {}
        for future in pending.values():
            if not future.done():
                future.set_result(_unavailable("The server was interrupted; the call may have been done."))

    def answered(self, reply: ControlReply) -> None:
        """The directory's answer; one that comes too late is ignored."""
        future = self._pending.get(reply.number)
        if future is not None and not future.done():
            future.set_result(reply.answer)

    async def call(self, call: Call) -> Answer:
        """The directory's answer, or 429 or 503 with the reason why there is none."""
        session = self._session
        if session is None or not session.connected:
            return _unavailable("The directory cannot be reached at the moment.")
        if len(self._pending) >= MOST_IN_FLIGHT:
            return TooManyCallsError("Too many management calls are under way.").answer()
        number = next(self._numbers)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending[number] = future
        session.send(ControlCall(number, self._budget_ms, call))
        try:
            async with asyncio.timeout(self._budget_ms / 1000):
                return await future
        except TimeoutError:
            return _unavailable("The call was not answered in time; it may have been done.")
        finally:
            self._pending.pop(number, None)


def _unavailable(message: str) -> Answer:
    return ControlUnavailableError(message).answer()
