"""The configuration in the directory's hands: answers management calls, one after another."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from eventray_actors.certificate_reader import read_certificate
from eventray_actors.code_runner import CodeRunner
from eventray_actors.tasks import Tasks
from eventray_core.api import Api
from eventray_core.control.calls import Answer, Call
from eventray_core.control.code import CodeError, code_to_check
from eventray_core.control.errors import ControlError, ControlUnavailableError
from eventray_core.control.evaluation import Evaluation, evaluated, to_evaluate
from eventray_core.control.facts import Facts
from eventray_core.control.state import ControlState, Executed
from eventray_core.link.envelopes import ConfigChanged, UsersChanged
from eventray_core.ports import DirectoryStore, FencedError, StoreUnavailableError, VersionConflictError

_log = logging.getLogger(__name__)

MOST_WAITING = 1_000
"""Calls that wait for their turn; gateways have a bound of their own, so that there are never so many."""

Reply = Callable[[Answer], None]


class InternalFailureError(ControlError):
    """A fault of ours."""

    error_type = "InternalFailureException"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What members are told of a change: gateways both, shards the configuration only."""

    config: ConfigChanged
    users: UsersChanged | None


Announce = Callable[[Announcement], Awaitable[object]]
"""Sends an announcement before it returns; what it returns ends when the gateways have taken note."""


@dataclass(frozen=True, slots=True)
class _Asked:
    call: Call
    reply: Reply
    until: float
    code_errors: tuple[CodeError, ...] = ()


class ControlPlane:
    """Owns the `ControlState`. A change is stored first, then counts, then is announced, then answered.

    Every call, also one that changes nothing, is checked against the store: a directory that has lost its
    data to another one, or does not reach them, answers nothing from memory. When it is not known whether a
    change was stored, the records are read again before anything else happens.
    """

    def __init__(
        self, store: DirectoryStore, facts: Facts, announce: Announce, tasks: Tasks, codes: CodeRunner
    ) -> None:
        self._codes = codes
        self.state = ControlState(facts, read_certificate)
        self.version = 0
        self._store = store
        self._announce = announce
        self._tasks = tasks
        self._queue: asyncio.Queue[_Asked] = asyncio.Queue(MOST_WAITING)
        self._is_certain = False
        self._whole: Announcement | None = None

    async def open(self) -> None:
        """Read all records; the store is open."""
        self.version, records = await self._store.records()
        self.state.load(records)
        self._is_certain = True

    def start(self) -> None:
        """Begin to answer."""
        self._tasks.start(self._answer_for_ever(), "answer management calls")

    def whole(self) -> Announcement:
        """All that there is, for a member that knows nothing."""
        if self._whole is None or self._whole.config.version != self.version:
            users = UsersChanged(True, self.state.project_users()[0])
            config = ConfigChanged(self.version, True, list(self.state.projections()))
            self._whole = Announcement(config, users)
        return self._whole

    @property
    def default_api(self) -> Api | None:
        """The oldest API."""
        return next(iter(self.whole().config.changed), None)

    def submit(self, call: Call, budget: float, reply: Reply) -> None:
        """Have a call answered, once; `reply` is called later, or never once `budget` seconds are over."""
        asked = _Asked(call, reply, asyncio.get_running_loop().time() + budget)
        if (code := code_to_check(call)) is not None:
            self._tasks.start(self._check_first(asked, code), "check code")
        elif (wanted := to_evaluate(call)) is not None:
            self._tasks.start(self._evaluate(asked, wanted), "evaluate code")
        else:
            self._enqueue(asked)

    def _enqueue(self, asked: _Asked) -> None:
        try:
            self._queue.put_nowait(asked)
        except asyncio.QueueFull:
            asked.reply(ControlUnavailableError("Too many management calls wait for their turn.").answer())

    async def _check_first(self, asked: _Asked, code: str) -> None:
        """Code is looked at before the call takes its turn, so that the others need not wait for that."""
        try:
            checked = await self._codes.check(code)
        except ControlUnavailableError as error:
            asked.reply(error.answer())
        else:
            self._enqueue(replace(asked, code_errors=checked.errors))

    async def _evaluate(self, asked: _Asked, wanted: Evaluation) -> None:
        try:
            found = await self._codes.evaluate(wanted.code, wanted.context, wanted.function or None)
        except ControlUnavailableError as error:
            asked.reply(error.answer())
        else:
            asked.reply(evaluated(found))

    async def _answer_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            asked = await self._queue.get()
            # Who does not wait any more was told that the call failed: it must not be done after all.
            if loop.time() < asked.until:
                await self._answer(asked)

    async def _answer(self, asked: _Asked) -> None:
        try:
            answer, announced = await self._execute(asked.call, asked.code_errors)
        except FencedError:
            _log.critical("another directory owns the data: nothing is answered any more")
            answer, announced = _unavailable("This server has lost its data to another one."), None
        except (StoreUnavailableError, VersionConflictError) as error:
            _log.warning("%s cannot be served: %s", asked.call.operation, error)
            answer, announced = _unavailable("The database cannot be used at the moment."), None
        except Exception:
            _log.exception("%s failed", asked.call.operation)
            answer, announced = InternalFailureError("The request could not be processed.").answer(), None
        if announced is None:
            asked.reply(answer)
        else:
            # The next call need not wait for the gateways.
            self._tasks.start(_reply_after(announced, asked.reply, answer), "confirm a change")

    async def _execute(
        self, call: Call, code_errors: tuple[CodeError, ...]
    ) -> tuple[Answer, Awaitable[object] | None]:
        if not self._is_certain:
            await self._read_again()
        executed = self.state.execute(call, time.time(), os.urandom, code_errors)
        if not executed.changes:
            await self._store.check()
            return executed.answer, None
        if not await self._is_stored(executed):
            return _unavailable("The change could not be stored."), None
        return executed.answer, self._take_over(executed)

    async def _is_stored(self, executed: Executed) -> bool:
        """Store the changes. If the database fails meanwhile, they may be stored nevertheless: look."""
        self._is_certain = False
        try:
            await self._store.write(self.version + 1, executed.changes)
        except StoreUnavailableError:
            version, _ = await self._store.records()
            if version == self.version:
                self._is_certain = True
                return False
        self._is_certain = True
        return True

    def _take_over(self, executed: Executed) -> Awaitable[object]:
        """From here on the change counts."""
        self.state.apply(executed.changes)
        self.version += 1
        found = (self.state.projection(api_id) for api_id in executed.changed_apis)
        apis = [api for api in found if api is not None]
        config = ConfigChanged(self.version, False, apis, list(executed.removed_apis))
        users = None
        if executed.touched_users:
            users = UsersChanged(False, *self.state.project_users(executed.touched_users))
        return self._announce(Announcement(config, users))

    async def _read_again(self) -> None:
        """Whatever is stored is true; members get it as a whole if it is not what they have."""
        before = self.version
        await self.open()
        if self.version != before:
            _log.warning("version %s of the configuration was stored without anyone noticing", self.version)
            self._tasks.start(_wait(self._announce(self.whole())), "announce what was stored")


async def _reply_after(announced: Awaitable[object], reply: Reply, answer: Answer) -> None:
    await announced
    reply(answer)


async def _wait(announced: Awaitable[object]) -> None:
    await announced


def _unavailable(message: str) -> Answer:
    return ControlUnavailableError(message).answer()
