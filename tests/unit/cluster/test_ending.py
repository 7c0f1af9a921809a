import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

PHASES = {
    "before the loop": """
from eventray_cluster.ending import Ending
import time
ending = Ending()
try:
    print("begun", flush=True)
    for _ in range(3000):
        time.sleep(0.01)
finally:
    print("cleaned up", flush=True)
""",
    "while it runs": """
from eventray_cluster.ending import Ending
import asyncio

async def main(ending):
    ending.attach(lambda: None)
    try:
        print("begun", flush=True)
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
    finally:
        ending.detach()
        print("stopping", flush=True)
        await asyncio.sleep(0.5)
        print("cleaned up", ending.signalled, flush=True)

asyncio.run(main(Ending()))
""",
    "when stopping hangs": """
from eventray_cluster import ending
import asyncio
ending.DEADLINE_S = 0.3

async def main(ending):
    ending.attach(lambda: print("killed", flush=True))
    try:
        print("begun", flush=True)
        await asyncio.sleep(30)
    finally:
        ending.detach()
        print("stopping", flush=True)
        await asyncio.to_thread(input)

asyncio.run(main(ending.Ending()))
""",
}

Process = subprocess.Popen[str]


@contextmanager
def begun(phase: str) -> Iterator[Process]:
    command = [sys.executable, "-c", PHASES[phase]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


def rest(process: Process) -> list[str]:
    assert process.stdout
    return process.stdout.read().splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_loop_ends_in_order(number: signal.Signals) -> None:
    with begun("before the loop") as process:
        process.send_signal(number)
        assert process.wait(10) == 0
        assert rest(process) == ["cleaned up"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_ends_and_later_ones_change_nothing(number: signal.Signals) -> None:
    with begun("while it runs") as process:
        process.send_signal(number)
        assert process.stdout
        assert process.stdout.readline() == "stopping\n"
        for other in (signal.SIGINT, signal.SIGTERM):
            process.send_signal(other)
        assert process.wait(10) == 0
        assert rest(process) == ["cleaned up True"]


def test_a_stop_that_hangs_is_cut_short() -> None:
    with begun("when stopping hangs") as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert rest(process) == ["stopping", "killed"]
