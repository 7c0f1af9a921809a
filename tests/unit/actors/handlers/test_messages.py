import pytest

from eventray_actors.handlers import messages as m
from eventray_core.control.code import CodeError
from eventray_core.handling.answers import Excess

ERROR = CodeError(error_type="LINT_ERROR", value="no", line=1, column=2, span=3)


@pytest.mark.parametrize(
    "message",
    [m.Prepare("code", True), m.Run("p", "f", "value", "{}", 1, (1, -2, 3, 4), "script", ("q",))],
)
def test_a_request_arrives_as_it_was(message: m.Request) -> None:
    sent = m.encode(message)
    assert m.HEADER.unpack(sent[:4]) == (len(sent) - 4,)
    assert m.decode_request(sent[4:]) == message


@pytest.mark.parametrize(
    "message",
    [
        m.PreparedCode("script", {"f": "function"}, ((0, 1, 2, 3, 4),), "map", (ERROR,)),
        m.RefusedCode((ERROR,)),
        m.Answered(b"{}", True),
        m.Exceeded(Excess.TIME, "late"),
        m.Missing(),
    ],
)
def test_a_reply_arrives_as_it_was(message: m.Reply) -> None:
    assert m.decode_reply(m.encode(message)[4:]) == message
