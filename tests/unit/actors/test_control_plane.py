"""Management calls through the directory's hands, with a database that fails where it hurts."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from pathlib import Path
from typing import Any

import pytest_asyncio

from eventray_actors.code_runner import CodeRunner
from eventray_actors.control_plane import MOST_WAITING, Announcement, ControlPlane
from eventray_actors.tasks import Tasks
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.control.calls import Answer, Call
from eventray_core.control.facts import Facts
from eventray_core.control.records import Change
from eventray_core.ports import FencedError, StoreUnavailableError, VersionConflictError

BY_KEY = [{"authType": "API_KEY"}]
EVENT_CONFIG = {
    "authProviders": BY_KEY,
    "connectionAuthModes": BY_KEY,
    "defaultPublishAuthModes": BY_KEY,
    "defaultSubscribeAuthModes": BY_KEY,
}
LIST = Call(operation="ListApis")
LONG = 20.0


def create(name: str = "made") -> Call:
    body = json.dumps({"name": name, "eventConfig": EVENT_CONFIG}).encode()
    return Call(operation="CreateApi", body=body)


def create_user(name: str) -> Call:
    return Call(operation="CreateUser", body=json.dumps({"userName": name}).encode())


class FailingStore(DatabaseStore):
    """The real store, with faults put before and after what it does."""

    def __init__(self, place: DataPlace) -> None:
        super().__init__(place)
        self.before: list[Exception] = []
        """Raised instead of doing something, one after another."""
        self.after_write: list[Exception] = []
        """The first is raised by a write though it was done, the others instead of what comes next."""

    def _fail(self) -> None:
        if self.before:
            raise self.before.pop(0)

    async def check(self) -> None:
        self._fail()
        await super().check()

    async def records(self) -> Any:
        self._fail()
        return await super().records()

    async def write(self, version: int, changes: Sequence[Change]) -> None:
        self._fail()
        await super().write(version, changes)
        if self.after_write:
            error, *self.before = self.after_write
            self.after_write = []
            raise error


class Plane:
    """A control plane that serves, and all that it announced."""

    def __init__(self, store: FailingStore) -> None:
        self.store = store
        self.tasks = Tasks()
        self.announced: list[Announcement] = []
        self.confirm = asyncio.Event()
        self.confirm.set()
        self.control = ControlPlane(store, Facts(), self._announce, self.tasks, CodeRunner(list))

    def _announce(self, announcement: Announcement) -> Awaitable[object]:
        self.announced.append(announcement)
        return self.confirm.wait()

    async def call(self, call: Call) -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.control.submit(call, LONG, answered.set_result)
        async with asyncio.timeout(LONG):
            return await answered

    async def names(self) -> list[str]:
        return [api["name"] for api in json.loads((await self.call(LIST)).body)["apis"]]


@pytest_asyncio.fixture
async def plane(tmp_path: Path) -> AsyncIterator[Plane]:
    store = FailingStore(DataPlace(tmp_path))
    await store.open()
    plane = Plane(store)
    await plane.control.open()
    plane.control.start()
    yield plane
    await plane.tasks.stop()
    await store.close()


async def test_a_change_is_stored_announced_and_answered(plane: Plane) -> None:
    answer = await plane.call(create())
    assert (answer.status, answer.error_type) == (200, None)
    assert await plane.names() == ["default", "made"]
    [announcement] = plane.announced
    config = announcement.config
    assert (config.version, config.whole, config.removed) == (plane.control.version, False, [])
    assert [api.name for api in config.changed] == ["made"]
    assert announcement.users is None
    version, _ = await plane.store.records()
    assert version == plane.control.version == 2


async def test_it_is_answered_when_the_gateways_have_taken_note_and_others_need_not_wait(
    plane: Plane,
) -> None:
    plane.confirm.clear()
    slow = asyncio.create_task(plane.call(create("slow")))
    await asyncio.sleep(0)
    assert await plane.names() == ["default", "slow"]
    assert not slow.done()
    plane.confirm.set()
    assert (await slow).status == 200


async def test_users_go_to_gateways_with_their_version(plane: Plane) -> None:
    assert (await plane.call(create_user("ann"))).status == 200
    [announcement] = plane.announced
    assert announcement.users is not None
    assert [user.name for user in announcement.users.changed] == ["ann"]
    assert (announcement.config.version, announcement.config.changed) == (2, [])


async def test_a_refused_call_changes_nothing(plane: Plane) -> None:
    answer = await plane.call(Call(operation="DeleteApi", path={"apiId": "none"}))
    assert (answer.status, answer.error_type) == (404, "NotFoundException")
    assert (plane.announced, plane.control.version) == ([], 1)


async def test_a_change_that_is_not_stored_does_not_count(plane: Plane) -> None:
    plane.store.before = [StoreUnavailableError("gone for a moment")]
    answer = await plane.call(create())
    assert (answer.status, answer.error_type) == (503, "ServiceUnavailableException")
    assert await plane.names() == ["default"]
    assert plane.announced == []
    assert (await plane.call(create("again"))).status == 200


async def test_a_change_whose_confirmation_was_lost_is_found_to_be_stored(plane: Plane) -> None:
    plane.store.after_write = [StoreUnavailableError("the line broke")]
    assert (await plane.call(create())).status == 200
    assert await plane.names() == ["default", "made"]
    assert plane.announced[0].config.version == plane.control.version


async def test_after_an_unknown_end_the_records_are_read_before_anything_else(plane: Plane) -> None:
    plane.store.after_write = [StoreUnavailableError("gone for longer")] * 3
    assert (await plane.call(create())).status == 503
    assert (await plane.call(LIST)).status == 503, "it is still away"
    assert await plane.names() == ["default", "made"], "it was stored after all"
    [announcement] = plane.announced
    assert announcement.config.whole
    assert announcement.users is not None
    assert announcement.users.whole


async def test_somebody_elses_change_is_no_reason_to_answer_from_memory(plane: Plane) -> None:
    await plane.store.write(2, [])
    answer = await plane.call(create())
    assert answer.status == 503
    assert (await plane.call(create())).status == 200
    assert plane.control.version == 3


async def test_a_directory_that_was_overtaken_answers_nothing(plane: Plane) -> None:
    for error in (FencedError("overtaken"), VersionConflictError("another"), StoreUnavailableError("down")):
        plane.store.before = [error]
        assert (await plane.call(LIST)).status == 503


async def test_a_fault_of_ours_is_an_internal_failure_and_costs_one_call(plane: Plane) -> None:
    plane.store.before = [RuntimeError("a secret detail")]
    answer = await plane.call(LIST)
    assert (answer.status, answer.error_type) == (500, "InternalFailureException")
    assert b"secret" not in answer.body
    assert await plane.names() == ["default"]


async def test_a_call_that_nobody_waits_for_any_more_is_not_done(plane: Plane) -> None:
    answered: list[Answer] = []
    plane.control.submit(create("too late"), 0, answered.append)
    assert await plane.names() == ["default"]
    assert answered == []


async def test_calls_that_wait_are_bounded(tmp_path: Path) -> None:
    plane = Plane(FailingStore(DataPlace(tmp_path)))
    answered: list[Answer] = []
    for _ in range(MOST_WAITING + 1):
        plane.control.submit(LIST, LONG, answered.append)
    assert [answer.status for answer in answered] == [503]


async def test_calls_are_done_in_their_order(plane: Plane) -> None:
    answers = await asyncio.gather(*(plane.call(create(f"api-{n}")) for n in range(10)))
    assert {answer.status for answer in answers} == {200}
    assert [a.config.version for a in plane.announced] == list(range(2, 12))
    assert await plane.names() == ["default", *(f"api-{n}" for n in range(10))]


async def test_a_member_that_knows_nothing_gets_all(plane: Plane) -> None:
    await plane.call(create())
    whole = plane.control.whole()
    assert whole.config.whole
    assert [api.name for api in whole.config.changed] == ["default", "made"]
    assert whole.users is not None
    assert [user.name for user in whole.users.changed] == ["administrator"]
    assert plane.control.default_api == whole.config.changed[0]
