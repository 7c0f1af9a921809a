"""A process that opens a store and writes to it, and kills itself at a step of its own choosing.

`python -m tests.support.crashing` reads a line of JSON for each run from its standard input,
`{"data_dir": …, "database": …, "step": n}`, and has a fork of itself do the run. It prints what that had been
told: a line of JSON again, `{"version": …, "cluster": …, "killed": …}` with the last version and cluster
state that the store said were kept. Steps are counted from the first: a statement that is about to be sent, a
commit that is about to be sent, a connection that is given back after one.
"""

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.control.records import Change, Kind, Put, Remove

WRITES = 2


async def run(place: DataPlace, tell: Callable[[str, int], None]) -> None:
    """Each write changes several records of several kinds, all of which then hold its version."""
    store = DatabaseStore(place)
    await store.open()
    version, _ = await store.records()
    tell("version", version)
    for number in range(version + 1, version + 1 + WRITES):
        await store.write(number, changes_of(number))
        tell("version", number)
        await store.save_cluster(str(number).encode())
        tell("cluster", number)
    await store.close()


def changes_of(version: int) -> list[Change]:
    body = str(version).encode()
    changes: list[Change] = [Put(Kind.STACK, key, body) for key in ("a", "b")]
    changes.append(Put(Kind.CERTIFICATE, "c", body))
    return [*changes, Remove(Kind.STACK, f"only-{version - 1}"), Put(Kind.STACK, f"only-{version}", body)]


def kill_at(step: int) -> None:
    """Die, without a chance to do anything more, when that many steps have begun."""
    steps = itertools.count(1)

    def count(*_: Any) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)
    event.listen(Pool, "checkin", count)


def run_in_fork(wish: dict[str, Any]) -> dict[str, Any]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        kill_at(wish["step"])
        place = DataPlace(Path(wish["data_dir"]), wish["database"])
        asyncio.run(run(place, lambda what, number: _write_line(write, {what: number})))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as lines:
        told = {key: value for line in lines for key, value in json.loads(line).items()}
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or os.waitstatus_to_exitcode(status) == 0, status
    return {"version": 0, "cluster": 0, **told, "killed": killed}


def _write_line(descriptor: int, content: dict[str, int]) -> None:
    os.write(descriptor, f"{json.dumps(content)}\n".encode())


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(run_in_fork(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
