"""A queue of calls and the worker processes that take them, one call each at a time.

A lane begins with two processes, so that one busy call does not hold up the others while a further process
starts. When the head of the queue has waited long enough, it gets another, up to a bound. A call that
overstays its wall-clock time costs its process, and nobody else anything.
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field

from eventray_actors.handlers.messages import Answered, Exceeded, Missing, Prepare, Reply, Run
from eventray_actors.handlers.worker import WorkerSettings
from eventray_actors.handlers.worker_process import WorkerProcess
from eventray_actors.tasks import Tasks
from eventray_core.handling.answers import Excess

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """Times in seconds. `wall_s` is a call's time by the clock on the wall, after which its process is
    killed.
    """

    worker: WorkerSettings = field(default_factory=WorkerSettings)
    wall_s: float = 1.4
    prepare_wall_s: float = 10.0
    patience_s: float = 0.02
    workers: int = 4
    spare: bool = True
    waiting: int = 10_000
    programs: int = 64
    """How many contexts one process keeps."""


@dataclass(slots=True, eq=False)
class Job:
    """A request on its way; `suspect` tells afterwards that it was ended by a limit or with its process."""

    request: Prepare | Run
    script: str
    future: asyncio.Future[Reply]
    suspect: bool = False


class LaneFullError(Exception):
    """More calls wait than a lane holds."""


class Lane:
    """Runs calls in the order in which they come, as far as there are processes for them."""

    def __init__(self, settings: LaneSettings, tasks: Tasks) -> None:
        self._settings = settings
        self._tasks = tasks
        self._queue: deque[Job] = deque()
        self._idle: list[WorkerProcess] = []
        self._busy: dict[WorkerProcess, tuple[Job, asyncio.TimerHandle]] = {}
        self._starts: set[asyncio.Task[None]] = set()
        self._dying: set[WorkerProcess] = set()
        self._patience: asyncio.TimerHandle | None = None
        self._stopped = False
        self.killed = 0

    @property
    def workers(self) -> list[WorkerProcess]:
        """The processes that there are."""
        return [*self._idle, *self._busy]

    async def run(self, job: Job) -> Reply:
        """The reply to a request; raises `LaneFullError`."""
        if len(self._queue) >= self._settings.waiting:
            raise LaneFullError
        self._queue.append(job)
        self._go_on()
        return await job.future

    def warm(self) -> None:
        """Start the first processes now, before there is a call for them."""
        wanted = 2 if self._settings.spare else 1
        while len(self.workers) + len(self._starts) < wanted:
            self._start_one()

    # The queue

    def _go_on(self) -> None:
        while self._queue and self._idle:
            job = self._queue.popleft()
            if not job.future.done():  # whoever asked may be gone
                self._give(self._idle.pop(), job)
        if not self._queue:
            return
        self.warm()
        if self._patience is None:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(self._settings.patience_s, self._out_of_patience)

    def _out_of_patience(self) -> None:
        """Calls wait while all processes are busy: one more, if there may be."""
        self._patience = None
        if self._queue and not self._starts and len(self.workers) < self._settings.workers:
            self._start_one()
        self._go_on()

    def _give(self, worker: WorkerProcess, job: Job) -> None:
        loop = asyncio.get_running_loop()
        preparing = isinstance(job.request, Prepare)
        seconds = self._settings.prepare_wall_s if preparing else self._settings.wall_s
        self._busy[worker] = job, loop.call_later(seconds, self._overdue, worker)
        worker.request(self._equipped(worker, job), lambda reply: self._replied(worker, reply))

    def _equipped(self, worker: WorkerProcess, job: Job) -> Prepare | Run:
        """A request with what its worker lacks."""
        request = job.request
        if isinstance(request, Prepare):
            return request
        has = worker.programs
        known = has.pop(request.program, 0) is None
        has[request.program] = None
        if known:
            return request
        forget = list(has)[: -self._settings.programs]
        for name in forget:
            del has[name]
        return Run(
            request.program, request.path, request.mode, request.input, request.now, request.seeds,
            job.script, tuple(forget),
        )  # fmt: skip

    # What workers do

    def _replied(self, worker: WorkerProcess, reply: Reply) -> None:
        job, timer = self._busy.pop(worker)
        timer.cancel()
        worn = isinstance(reply, Answered | Exceeded) and reply.worn
        if isinstance(reply, Missing):  # it cannot be: what a worker has is known here
            worn, reply = True, Exceeded(Excess.NONE, "The worker lost the program.")
        job.suspect = isinstance(reply, Exceeded)
        if not job.future.done():
            job.future.set_result(reply)
        if worn or self._stopped:
            self._end(worker)
        else:
            self._idle.append(worker)
        self._go_on()

    def _overdue(self, worker: WorkerProcess) -> None:
        """No limit inside has ended the call: end its process."""
        job, _timer = self._busy.pop(worker)
        self.killed += 1
        job.suspect = True
        if not job.future.done():
            job.future.set_result(Exceeded(Excess.TIME, "The handler was ended from outside."))
        _log.warning("handler worker %s hangs and is replaced", worker.pid)
        self._end(worker)
        self._refill()

    def _ended(self, worker: WorkerProcess) -> None:
        """A process is gone by itself."""
        if worker in self._idle:
            self._idle.remove(worker)
        elif worker in self._busy:
            job, timer = self._busy.pop(worker)
            timer.cancel()
            self.killed += 1
            job.suspect = True
            if not job.future.done():
                job.future.set_result(Exceeded(Excess.NONE, "The handler's process ended."))
            _log.warning("handler worker %s ended in a call and is replaced", worker.pid)
            self._refill()
        self._end(worker)

    def _refill(self) -> None:
        if not self._stopped:
            self.warm()
            self._go_on()

    def _end(self, worker: WorkerProcess) -> None:
        if worker not in self._dying:
            self._dying.add(worker)
            worker.kill()
            self._tasks.start(self._reap(worker), "reap a handler worker")

    async def _reap(self, worker: WorkerProcess) -> None:
        await worker.reap()
        self._dying.discard(worker)

    # Starting and stopping

    def _start_one(self) -> None:
        task = self._tasks.start(self._start(), "start a handler worker")
        self._starts.add(task)
        task.add_done_callback(self._started)

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starts.discard(task)
        if not self.workers and not self._starts and not self._stopped and not task.cancelled():
            # Those that wait get what there is; without any process they would wait for ever.
            self._fail_waiting()

    async def _start(self) -> None:
        worker = WorkerProcess(self._settings.worker, self._ended)
        try:
            await worker.start()
        except OSError as error:
            _log.error("a handler worker cannot be started: %s", error)
            return
        if self._stopped:
            self._end(worker)
            return
        self._idle.append(worker)
        self._go_on()

    def _fail_waiting(self) -> None:
        while self._queue:
            job = self._queue.popleft()
            if not job.future.done():
                job.future.set_result(Exceeded(Excess.NONE, "No handler worker can be started."))

    def stop(self) -> None:
        """End all processes at once; calls that run or wait end without an answer."""
        self._stopped = True
        if self._patience is not None:
            self._patience.cancel()
        self._fail_waiting()
        for worker in self.workers:
            self._end(worker)

    async def gone(self) -> None:
        """Wait, after `stop`, until the system has forgotten all of them."""
        await asyncio.gather(*self._starts)
        await asyncio.gather(*[worker.reap() for worker in self._dying])


def new_job(request: Prepare | Run, script: str = "") -> Job:
    """A request that was not given to a lane yet."""
    return Job(request, script, asyncio.get_running_loop().create_future())
