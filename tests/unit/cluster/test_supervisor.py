import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from tests.unit.cluster.running_members import RunningMembers, wanted

from eventray_cluster import supervisor as supervisor_module
from eventray_cluster.supervisor import MemberUnavailableError, Supervisor

ALL = ["namespace-directory", "channel-shard-0", "channel-shard-1", "gateway-0"]


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "LOOK_EVERY_S", 0.001)


@pytest.fixture
def members() -> RunningMembers:
    return RunningMembers("someone-elses-actor")


@pytest.fixture
async def supervisor(members: RunningMembers) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(wanted(), members)
    yield supervisor
    await supervisor.stop()


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while True:
            if fact():
                return
            await asyncio.sleep(0.001)


async def test_what_is_missing_is_started_the_directory_first(
    supervisor: Supervisor, members: RunningMembers
) -> None:
    await until(lambda: len(members.started) == 4)
    assert members.started == ALL
    status = await supervisor.status()
    assert (status["gateways"], status["shards"], status["started"]) == (1, 2, 4)


async def test_what_runs_is_left_alone() -> None:
    members = RunningMembers(*ALL)
    supervisor = Supervisor(wanted(), members)
    await until(lambda: members.names == set(ALL))
    await asyncio.sleep(0.01)
    assert (await supervisor.status())["missing"] == []
    assert members.started == []
    assert members.asked == []
    await supervisor.stop()


async def test_one_that_died_for_good_is_started_again_with_the_reason_logged(
    supervisor: Supervisor, members: RunningMembers, caplog: pytest.LogCaptureFixture
) -> None:
    await until(lambda: len(members.started) == 4)
    caplog.set_level("INFO")
    await members.end("channel-shard-1")
    await until(lambda: len(members.started) == 5)
    assert members.started[-1] == "channel-shard-1"
    assert "starting channel-shard-1: it was killed" in caplog.text


async def test_a_ray_that_does_not_answer_is_asked_again(
    supervisor: Supervisor, members: RunningMembers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await until(lambda: len(members.started) == 4)
    refused = 0

    async def refuse() -> set[str]:
        nonlocal refused
        refused += 1
        raise MemberUnavailableError("Ray's control store does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(members, "running", refuse)
        await until(lambda: refused > 2)
    await members.end("gateway-0")
    await until(lambda: members.started[-1] == "gateway-0")


async def test_more_are_started_and_fewer_are_retired(
    supervisor: Supervisor, members: RunningMembers
) -> None:
    await supervisor.want(2, 3)
    await until(lambda: {"gateway-1", "channel-shard-2"} <= members.names)
    await supervisor.want(1, 2)
    await until(lambda: members.names == {*ALL, "someone-elses-actor"})
    methods = [(name, method) for name, method, *_ in members.asked]
    assert methods.index(("gateway-1", "drain")) < methods.index(("gateway-1", "stop"))
    assert ("channel-shard-2", "stop") in methods
    assert ("channel-shard-2", "drain") not in methods


async def test_draining_all_ends_the_looking_and_asks_the_gateways_only(
    supervisor: Supervisor, members: RunningMembers
) -> None:
    await until(lambda: len(members.started) == 4)
    members.answers["gateway-0", "drain"] = MemberUnavailableError("frozen")
    await supervisor.drain_all(2.5)
    assert members.asked == [("gateway-0", "drain", 2.5)]
    await members.end("gateway-0")
    await asyncio.sleep(0.01)
    assert len(members.started) == 4


async def test_stopping_asks_the_directory_last(supervisor: Supervisor, members: RunningMembers) -> None:
    await until(lambda: len(members.started) == 4)
    await supervisor.stop()
    assert {name for name, _ in members.asked} == set(ALL)
    assert members.asked[-1] == ("namespace-directory", "stop")
