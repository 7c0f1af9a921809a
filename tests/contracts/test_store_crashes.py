"""A store whose process is killed at any step: what was acknowledged is there, and nothing is half there."""

import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eventray_cluster.store.first_start import first_records
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.control.records import Kind
from tests.support.postgresql import PostgreSQL

MOST_STEPS = 200

Crash = Callable[[DataPlace, int], dict[str, Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], DataPlace]:
    numbers = itertools.count()
    if request.param == "sqlite":
        return lambda: DataPlace(tmp_path / str(next(numbers)))
    server: PostgreSQL = request.getfixturevalue("database_server")
    return lambda: DataPlace(tmp_path / str(next(numbers)), server.new_database())


@pytest.fixture(scope="module")
def crash() -> Iterator[Crash]:
    """Opens and writes in a process that dies at the step; what it had been told before."""
    command = [sys.executable, "-m", "tests.support.crashing"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None and stdout is not None

    def run(place: DataPlace, step: int) -> dict[str, Any]:
        wish = {"data_dir": str(place.data_dir), "database": place.database, "step": step}
        stdin.write(json.dumps(wish) + "\n")
        stdin.flush()
        told: dict[str, Any] = json.loads(stdout.readline())
        return told

    with process, stdin, stdout:
        yield run
        stdin.close()
        assert process.wait(10) == 0


async def look(place: DataPlace) -> tuple[int, int]:
    """The version and the cluster state that the next owner finds, after a look at whether all is whole."""
    store = DatabaseStore(place)
    await store.open()
    version, records = await store.records()
    cluster = await store.load_cluster()
    await store.close()
    mine = {put.key: int(put.body) for put in records if put.kind in (Kind.STACK, Kind.CERTIFICATE)}
    assert mine == ({} if version == 1 else dict.fromkeys(["a", "b", "c", f"only-{version}"], version))
    assert len(records) - len(mine) == len(first_records(0))
    return version, int(cluster or 0)


async def test_no_step_of_a_write_loses_or_halves_anything(
    new_place: Callable[[], DataPlace], crash: Crash
) -> None:
    place = new_place()
    before, _ = await look(place)
    for step in range(1, MOST_STEPS):
        told = crash(place, step)
        version, cluster = await look(place)
        assert before <= version and told["version"] <= version <= max(told["version"], before) + 1
        assert told["cluster"] <= cluster <= version
        before = version
        if not told["killed"]:
            break
    assert step > 30
    assert not told["killed"]


async def test_no_step_of_the_first_start_leaves_half_of_it(
    new_place: Callable[[], DataPlace], crash: Crash
) -> None:
    for step in range(1, MOST_STEPS):
        place = new_place()
        told = crash(place, step)
        version, _ = await look(place)
        assert told["version"] <= version
        if told["version"]:
            break
    assert step > 10
