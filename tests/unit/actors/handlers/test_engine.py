import pytest

from eventray_actors.handlers.engine import EngineContext, EngineError, EngineLimits
from eventray_core.handling.answers import Excess

QUICK = EngineLimits(memory_bytes=8 * 1024 * 1024, cpu_s=0.1)


def _context(body: str) -> EngineContext:
    return EngineContext(f"globalThis.f = (text) => {{ {body} }};", QUICK)


def test_text_goes_in_and_comes_out() -> None:
    assert _context("return text.toUpperCase() + text.length;").entry("f")("sträng") == "STRÄNG6"


def test_what_is_no_text_is_nothing() -> None:
    assert _context("return {};").entry("f")("") is None


@pytest.mark.parametrize(
    ("body", "excess"),
    [
        ("while (true);", Excess.TIME),
        ("try { while (true); } catch { return 'caught' } finally { while (true); }", Excess.TIME),
        ("const all = []; while (true) all.push('x'.repeat(100000) + all.length);", Excess.MEMORY),
        ("return text + 'x'.repeat(2 ** 29);", Excess.MEMORY),
        ("const again = () => again() + 1; return again();", Excess.STACK),
        ("throw new Error('no');", Excess.NONE),
        ("return '\\ud83d';", Excess.NONE),
    ],
)
def test_an_excess_ends_a_call(body: str, excess: Excess) -> None:
    with pytest.raises(EngineError) as raised:
        _context(body).entry("f")("")
    assert raised.value.excess is excess


def test_a_script_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(EngineError, match="SyntaxError"):
        EngineContext("this is no script", QUICK)
