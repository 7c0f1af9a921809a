import asyncio

import pytest
from tests.support.shard_bench import Ear

from eventray_actors import code_runner as module
from eventray_actors.code_runner import CodeRunner
from eventray_core.control.errors import ControlUnavailableError
from eventray_core.link.envelopes import CheckCode, CodeChecked, EvaluateCode, Evaluated
from eventray_core.link.session import Session


async def test_a_shard_checks_and_evaluates() -> None:
    session = Session("shard")
    ear, runner = Ear(session), CodeRunner(lambda: [session])
    checking = asyncio.ensure_future(runner.check("code"))
    evaluating = asyncio.ensure_future(runner.evaluate("code", "{}", "f"))
    await asyncio.sleep(0)
    assert ear.heard() == [CheckCode(1, "code"), EvaluateCode(2, "code", "{}", "f")]
    runner.answered(Evaluated(2, "1"))
    runner.answered(CodeChecked(1))
    runner.answered(CodeChecked(9))
    assert (await checking, await evaluating) == (CodeChecked(1), Evaluated(2, "1"))


async def test_without_a_shard_or_its_answer_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ControlUnavailableError):
        await CodeRunner(list).check("code")
    session = Session("shard")
    Ear(session)
    runner = CodeRunner(lambda: [session])
    checking = asyncio.ensure_future(runner.check("code"))
    await asyncio.sleep(0)
    runner.answered(CodeChecked(1, unavailable="busy"))
    with pytest.raises(ControlUnavailableError, match="busy"):
        await checking
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with pytest.raises(ControlUnavailableError):
        await runner.check("code")
