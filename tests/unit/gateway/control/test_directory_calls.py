"""Calls to the directory through links that break and directories that die."""

import asyncio
from typing import Any

import msgspec

from eventray_core.control.calls import Answer, Call
from eventray_core.link.envelopes import ControlCall, ControlReply
from eventray_core.link.session import Session
from eventray_gateway.control.directory_calls import MOST_IN_FLIGHT, DirectoryCalls

CALL = Call(operation="ListApis")
DONE = Answer(status=200, body=b"{}")


def connected() -> Session:
    session = Session("directory")
    session.connect(0)
    return session


def sent(session: Session) -> list[ControlCall]:
    """What the directory would receive."""
    directory = Session("gateway")
    directory.connect(0)
    return [e for e in directory.receive(session.heartbeat()) if isinstance(e, ControlCall)]


def message(answer: Answer) -> Any:
    return msgspec.json.decode(answer.body)["message"]


async def begin(calls: DirectoryCalls) -> "asyncio.Task[Answer]":
    task = asyncio.create_task(calls.call(CALL))
    await asyncio.sleep(0)
    return task


async def test_answers_find_their_calls_in_any_order() -> None:
    calls, session = DirectoryCalls(20_000), connected()
    calls.session_changed(session)
    first, second = await begin(calls), await begin(calls)
    asked = sent(session)
    assert [(call.budget_ms, call.call) for call in asked] == [(20_000, CALL)] * 2
    for number, call in reversed(list(enumerate(asked))):
        calls.answered(ControlReply(call.number, Answer(status=200, body=b"%d" % number)))
    assert ((await first).body, (await second).body) == (b"0", b"1")


async def test_without_a_link_nothing_is_sent_and_503_is_the_answer() -> None:
    calls, session = DirectoryCalls(20_000), connected()
    assert (await calls.call(CALL)).status == 503
    calls.session_changed(session)
    session.disconnect()
    answer = await calls.call(CALL)
    assert (answer.status, answer.error_type) == (503, "ServiceUnavailableException")
    assert session.last == 0


async def test_a_call_waits_for_its_link_to_come_back() -> None:
    calls, session = DirectoryCalls(20_000), connected()
    calls.session_changed(session)
    task = await begin(calls)
    session.disconnect()
    session.connect(0)
    [call] = sent(session)
    calls.answered(ControlReply(call.number, DONE))
    assert await task == DONE


async def test_a_call_ends_with_its_directory_and_is_not_made_again() -> None:
    calls, old, new = DirectoryCalls(20_000), connected(), connected()
    calls.session_changed(old)
    task = await begin(calls)
    calls.session_changed(new)
    answer = await task
    assert answer.status == 503
    assert "may have been done" in message(answer)
    assert sent(new) == []


async def test_a_call_ends_in_time_and_a_late_answer_goes_nowhere() -> None:
    calls, session = DirectoryCalls(10), connected()
    calls.session_changed(session)
    answer = await calls.call(CALL)
    assert answer.status == 503
    assert "may have been done" in message(answer)
    calls.answered(ControlReply(1, DONE))


async def test_there_is_a_bound_and_room_again_after_an_answer() -> None:
    calls, session = DirectoryCalls(20_000), connected()
    calls.session_changed(session)
    tasks = [await begin(calls) for _ in range(MOST_IN_FLIGHT)]
    answer = await calls.call(CALL)
    assert (answer.status, answer.error_type) == (429, "LimitExceededException")
    calls.answered(ControlReply(1, DONE))
    assert await tasks[0] == DONE
    again = await begin(calls)
    assert not again.done()
    calls.session_changed(None)
    assert {answer.status for answer in await asyncio.gather(again, *tasks[1:])} == {503}
