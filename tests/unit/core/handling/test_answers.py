# ruff: noqa: E501 - each sample is one line

import msgspec
import pytest

from eventray_core.handling.answers import (
    NOTHING,
    Ended,
    EndKind,
    Fault,
    HandlerAnswer,
    LogLine,
    Outgoing,
    RaisedError,
    decode_answer,
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("{}", HandlerAnswer()),
        ('{"result":{"items":[["1","\\"x\\"",null]]}}', HandlerAnswer(result=Outgoing((("1", msgspec.Raw(b'"\\"x\\""'), None),)))),
        ('{"result":{"items":[["1",null,"no"]]}}', HandlerAnswer(result=Outgoing((("1", NOTHING, "no"),)))),
        ('{"result":{"wrong":"w"},"early":true}', HandlerAnswer(result=Outgoing(wrong="w"), early=True)),
        ('{"value":"[1]","stash":{"a":1},"events":[["1","2"]]}', HandlerAnswer(value="[1]", stash=msgspec.Raw(b'{"a":1}'), events=msgspec.Raw(b'[["1","2"]]'))),
        ('{"nothing":true,"appended":[{"message":"m","type":null}]}', HandlerAnswer(nothing=True, appended=(RaisedError("m"),))),
        ('{"ended":{"kind":"unauthorized"}}', HandlerAnswer(ended=Ended(EndKind.UNAUTHORIZED))),
        ('{"ended":{"kind":"error","error":{"message":"m","type":"T","data":1}}}', HandlerAnswer(ended=Ended(EndKind.ERROR, RaisedError("m", "T", msgspec.Raw(b"1"))))),
        ('{"fault":{"type":"TypeError","message":"m","position":[2,3]}}', HandlerAnswer(fault=Fault("TypeError", "m", (2, 3)))),
        ('{"logs":[["INFO",[2,3],"x"],["ERROR",null,"y"]]}', HandlerAnswer(logs=(LogLine("INFO", (2, 3), "x"), LogLine("ERROR", None, "y")))),
    ],
)  # fmt: skip
def test_an_answer_is_read(text: str, answer: HandlerAnswer) -> None:
    assert decode_answer(text) == answer
