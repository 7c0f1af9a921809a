import asyncio

import pytest
from tests.support.shard_bench import Ear

from eventray_actors.handlers import codes as module
from eventray_actors.handlers.codes import HandlerCodes
from eventray_core.errors import ServiceUnavailableError
from eventray_core.link.envelopes import CodeText, CodeWanted
from eventray_core.link.session import Session


async def test_code_is_asked_for_once() -> None:
    codes, session = HandlerCodes(), Session("directory")
    ear = Ear(session)
    codes.session_changed(session)
    waiting = [asyncio.ensure_future(codes.code("h")) for _ in range(3)]
    await asyncio.sleep(0)
    assert ear.heard() == [CodeWanted("h")]
    codes.received(CodeText("h", "text"))
    assert await asyncio.gather(*waiting) == ["text"] * 3
    assert await codes.code("h") == "text"
    assert ear.heard() == []


async def test_another_directory_is_asked_again() -> None:
    codes, session = HandlerCodes(), Session("another")
    waiting = asyncio.ensure_future(codes.code("h"))
    await asyncio.sleep(0)
    ear = Ear(session)
    codes.session_changed(session)
    assert ear.heard() == [CodeWanted("h")]
    codes.received(CodeText("h", "text"))
    assert await waiting == "text"


async def test_code_that_is_gone_or_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = HandlerCodes()
    waiting = asyncio.ensure_future(codes.code("h"))
    await asyncio.sleep(0)
    codes.received(CodeText("h", None))
    with pytest.raises(ServiceUnavailableError):
        await waiting
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with pytest.raises(ServiceUnavailableError):
        await codes.code("h")


async def test_only_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 1)
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    codes = HandlerCodes()
    codes.received(CodeText("a", "1"))
    codes.received(CodeText("b", "2"))
    assert await codes.code("b") == "2"
    with pytest.raises(ServiceUnavailableError):
        await codes.code("a")
