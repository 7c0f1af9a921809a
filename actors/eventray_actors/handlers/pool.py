"""Runs handlers for one shard: in processes that nobody else's handlers can disturb for long."""

import asyncio
import hashlib
import os
import struct
import time
from collections import OrderedDict
from dataclasses import dataclass, replace

import msgspec

from eventray_actors.handlers.lane import Lane, LaneFullError, LaneSettings, new_job
from eventray_actors.handlers.messages import (
    Answered,
    Exceeded,
    Prepare,
    PreparedCode,
    RefusedCode,
    Run,
)
from eventray_actors.handlers.positions import PositionMap
from eventray_actors.tasks import Tasks
from eventray_core.errors import ServiceUnavailableError
from eventray_core.handling.answers import Excess, Fault, HandlerAnswer, LogLine, decode_answer

PREPARED = 512
"""How many codes stay prepared."""

SUSPECTS = 64
"""How many programs may have a lane of their own; those that came first lose theirs."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers of one namespace: whose they are, and their code. Contexts are never shared by two of
    these.
    """

    api_id: str
    namespace: str
    code: str

    @property
    def program(self) -> str:
        """A name for the context."""
        return f"{self.api_id}/{self.namespace}/{code_hash(self.code)}"


def code_hash(code: str) -> str:
    """What tells codes apart."""
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()


class HandlerPool:
    """Prepares code and runs it. Belongs to one event loop; starts no process before there is work."""

    def __init__(self, settings: LaneSettings | None = None, spare_for_suspects: bool = False) -> None:
        self._settings = settings or LaneSettings()
        self._suspects_settings = replace(self._settings, workers=1, spare=spare_for_suspects)
        self._tasks = Tasks()
        self._lane = Lane(self._settings, self._tasks)
        self._suspects: OrderedDict[str, Lane] = OrderedDict()
        self._prepared: OrderedDict[tuple[str, bool], PreparedCode | RefusedCode] = OrderedDict()
        self._preparing: dict[tuple[str, bool], asyncio.Task[PreparedCode | RefusedCode | None]] = {}
        self._maps: OrderedDict[str, PositionMap] = OrderedDict()

    def warm(self) -> None:
        """Start the first processes: there will be work."""
        self._lane.warm()

    async def prepare(self, code: str, strict: bool = False) -> PreparedCode | RefusedCode:
        """Judge code and make it ready. What was prepared lately is at hand.

        Raises `ServiceUnavailableError` when there is too much to do.
        """
        key = code_hash(code), strict
        if (known := self._prepared.get(key)) is not None:
            self._prepared.move_to_end(key)
            return known
        task = self._preparing.get(key)
        if task is None:  # those that come meanwhile wait for the same
            task = self._preparing[key] = self._tasks.start(self._prepare(key, code), "prepare a handler")
            task.add_done_callback(lambda _task: self._preparing.pop(key, None))
        if (reply := await asyncio.shield(task)) is None:
            raise ServiceUnavailableError("The handler's code could not be read.")
        return reply

    async def _prepare(self, key: tuple[str, bool], code: str) -> PreparedCode | RefusedCode | None:
        try:
            reply = await self._lane.run(new_job(Prepare(code, key[1])))
        except LaneFullError:
            return None
        if not isinstance(reply, PreparedCode | RefusedCode):
            return None
        self._prepared[key] = reply
        while len(self._prepared) > PREPARED:
            self._prepared.popitem(last=False)
        return reply

    async def call(self, handlers: Handlers, path: str, mode: str, text: str) -> HandlerAnswer | Excess:
        """The answer to one call of an export or part, or the limit that ended it.

        Code that is not accepted answers with a fault. Raises `ServiceUnavailableError` when too many wait.
        """
        prepared = await self.prepare(handlers.code)
        if isinstance(prepared, RefusedCode):
            return refused_answer(prepared)
        program = handlers.program
        run = Run(program, path, mode, text, time.time_ns() // 1_000_000, random_seeds())
        lane = self._suspects.get(program, self._lane)
        try:
            reply = await lane.run(new_job(run, prepared.script))
        except LaneFullError:
            raise ServiceUnavailableError("Too many handlers wait to be run.") from None
        if isinstance(reply, Exceeded):
            self._suspect(program)
            return reply.excess
        assert isinstance(reply, Answered)
        return self._with_places(decode_answer(reply.text), program, prepared)

    def _suspect(self, program: str) -> None:
        """From now on this program has a process of its own, and holds up only itself."""
        if program in self._suspects:
            return
        self._suspects[program] = Lane(self._suspects_settings, self._tasks)
        while len(self._suspects) > SUSPECTS:
            _program, lane = self._suspects.popitem(last=False)
            lane.stop()

    def _with_places(self, answer: HandlerAnswer, program: str, prepared: PreparedCode) -> HandlerAnswer:
        """The answer with the user's positions for the engine's."""
        if not answer.logs and answer.fault is None:
            return answer
        places = self._map_of(program, prepared)
        fault = answer.fault
        if fault is not None:
            fault = msgspec.structs.replace(fault, position=places.place_of_fault(fault))
        logs = tuple(LogLine(line.level, places.place_of_log(line), line.text) for line in answer.logs)
        return msgspec.structs.replace(answer, fault=fault, logs=logs)

    def _map_of(self, program: str, prepared: PreparedCode) -> PositionMap:
        found = self._maps.get(program)
        if found is None:
            found = self._maps[program] = PositionMap(prepared.calls, prepared.source_map)
            while len(self._maps) > PREPARED:
                self._maps.popitem(last=False)
        return found

    # For people

    def status(self) -> dict[str, int]:
        """Numbers of processes and of those that had to be killed."""
        lanes = [self._lane, *self._suspects.values()]
        return {
            "handlerWorkers": sum(len(lane.workers) for lane in lanes),
            "handlerSuspects": len(self._suspects),
            "handlerWorkersKilled": sum(lane.killed for lane in lanes),
        }

    def worker_pids(self) -> list[int]:
        """The processes that there are."""
        lanes = [self._lane, *self._suspects.values()]
        return [worker.pid for lane in lanes for worker in lane.workers if worker.pid is not None]

    async def stop(self) -> None:
        """End all processes; calls that run end without an answer."""
        lanes = [self._lane, *self._suspects.values()]
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            await lane.gone()
        await self._tasks.stop()


def random_seeds() -> tuple[int, int, int, int]:
    """Fresh bits from the system for one call."""
    a, b, c, d = struct.unpack("4i", os.urandom(16))
    return a, b, c, d


def refused_answer(refused: RefusedCode) -> HandlerAnswer:
    """What a call of code says that was never accepted."""
    first = refused.errors[0]
    return HandlerAnswer(fault=Fault("Code", first.value, (first.line, first.column)))
