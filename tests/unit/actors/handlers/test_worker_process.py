"""The process itself: what it answers, what it has, and how it ends."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import psutil
import pytest

from eventray_actors.handlers.messages import (
    Answered,
    Exceeded,
    Missing,
    Prepare,
    PreparedCode,
    Reply,
    Request,
    Run,
)
from eventray_actors.handlers.worker import WorkerSettings
from eventray_actors.handlers.worker_process import WorkerProcess
from eventray_core.handling.answers import Excess

SCRIPT = """(function () {
  const hang = () => { ({ length: 2 ** 53, r: [].reverse }).r() };
  return { f: (ctx) => ctx.stash, hang };
})"""
INPUT = '{"context":{"stash":{"a":1}}}'
SETTINGS = WorkerSettings(cpu_s=0.1, wall_s=0.4, memory_bytes=16_000_000)


@pytest.fixture
async def worker() -> AsyncIterator[WorkerProcess]:
    worker = WorkerProcess(SETTINGS, lambda worker: None)
    await worker.start()
    yield worker
    worker.kill()
    await worker.reap()


async def _ask(worker: WorkerProcess, request: Request) -> Reply:
    answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    worker.request(request, answer.set_result)
    return await asyncio.wait_for(answer, 10)


def _run(path: str, script: str | None = SCRIPT, program: str = "p", forget: tuple[str, ...] = ()) -> Run:
    return Run(program, path, "value", INPUT, 0, (1, 2, 3, 4), script, forget)


async def test_it_prepares_and_runs(worker: WorkerProcess) -> None:
    prepared = await _ask(worker, Prepare("export const onPublish = () => []"))
    assert isinstance(prepared, PreparedCode)
    assert prepared.forms == {"onPublish": "function"}
    answer = await _ask(worker, _run("onPublish", prepared.script))
    assert answer == Answered(b'{"value":"[]","stash":{"a":1}}')


async def test_it_keeps_programs_until_it_is_told_to_forget(worker: WorkerProcess) -> None:
    assert await _ask(worker, _run("f", None)) == Missing()
    assert isinstance(await _ask(worker, _run("f")), Answered)
    assert isinstance(await _ask(worker, _run("f", None)), Answered)
    assert isinstance(await _ask(worker, _run("f", SCRIPT, "q", forget=("p",))), Answered)
    assert await _ask(worker, _run("f", None)) == Missing()


async def test_a_script_that_cannot_be_read_costs_nothing_else(worker: WorkerProcess) -> None:
    reply = await _ask(worker, _run("f", "no script", "bad"))
    assert isinstance(reply, Exceeded)
    assert reply.excess is Excess.NONE
    assert isinstance(await _ask(worker, _run("f")), Answered)


async def test_it_has_nothing_of_its_parents(worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    await _ask(worker, _run("f"))
    process = psutil.Process(worker.pid)
    assert set(process.environ()) <= {"PYTHONPATH", "PYTHONUTF8", "LC_CTYPE"}
    targets = {os.readlink(f"/proc/{worker.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{worker.pid}/fd")}
    assert len(targets - {"/dev/null"}) == 1, targets
    assert process.cwd() == "/"
    assert process.rlimit(psutil.RLIMIT_FSIZE) == process.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_AS)[0] < 3_000_000_000


async def test_it_ends_when_nobody_talks_to_it_any_more(worker: WorkerProcess) -> None:
    assert worker._transport is not None
    worker._transport.abort()
    assert worker._process is not None
    assert await asyncio.to_thread(worker._process.wait, 10) == 0


async def test_it_ends_even_while_it_hangs_where_no_limit_reaches(worker: WorkerProcess) -> None:
    worker.request(_run("hang"), lambda reply: None)
    assert worker._process is not None
    assert await asyncio.to_thread(worker._process.wait, 10) == -signal.SIGALRM


async def test_its_end_is_told_once() -> None:
    ends: list[WorkerProcess] = []
    worker = WorkerProcess(SETTINGS, ends.append)
    await worker.start()
    worker.kill()
    await worker.reap()
    worker.kill()
    assert ends == [worker]
