import json
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.json_text import JsonTooDeepError, check_depth, is_json, loads, string_literal
from eventray_core.limits import MAX_JSON_DEPTH

VALID = [
    "null",
    " true ",
    '"text"',
    "-0.5e+3",
    "1e999",
    "9" * 5_000,
    '{"a":[1,{"b":null}],"a":2}',
    '"\\u00e9 \\ud83d\\ude00"',
    '"\\ud83d"',
    '"a\\udc00b"',
    '"\ud83d"',
    '["\\ud83d",' + "9" * 5_000 + "]",
    '"\u2028<>&/"',
    "[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH,
    '"' + "[" * 5_000 + '"',
    '["\\"' + "[" * 5_000 + '\\\\"]',
    "[" + ",".join(["[]"] * 5_000) + "]",
]
INVALID = [
    "",
    " ",
    "{",
    "[1,]",
    "{'a':1}",
    "{1:2}",
    "01",
    "1.",
    ".5",
    "+1",
    "NaN",
    "-Infinity",
    "undefined",
    "1 2",
    '"a\nb"',
    '"\\x41"',
    '"\\ud83',
    '["\\ud83d",NaN]',
    "\ufeff1",
    "\xa01",
    "\ud83d",
]
TOO_DEEP = [
    "[" * (MAX_JSON_DEPTH + 1),
    '{"a":' * (MAX_JSON_DEPTH + 1) + "1" + "}" * (MAX_JSON_DEPTH + 1),
    '["\\"",' + "[" * MAX_JSON_DEPTH,
    "[" * 1_000_000,
]
_brief = [repr(text[:20]) for text in VALID]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
any_text = st.text(st.characters(exclude_categories=()))
nearly_json = st.text(st.sampled_from('{}[],:"\\u0123456789abdeE+-.tfnlrs \n\t\x01é\ud83d'), max_size=12)


@pytest.mark.parametrize("text", VALID, ids=_brief)
def test_what_javascript_writes_is_json(text: str) -> None:
    assert is_json(text)


@pytest.mark.parametrize("text", INVALID)
def test_what_json_parse_refuses_is_not_json(text: str) -> None:
    assert not is_json(text)


@pytest.mark.parametrize("text", TOO_DEEP, ids=lambda text: repr(text[:10]))
def test_too_deep_is_an_error_of_its_own(text: str) -> None:
    with pytest.raises(JsonTooDeepError):
        is_json(text)
    with pytest.raises(JsonTooDeepError):
        loads(text.encode())


@given(values)
def test_every_value_is_json_and_is_read_back(value: Any) -> None:
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert is_json(text)
        assert loads(text.encode()) == value


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _is_json_to_the_standard_library(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        return False
    return True


@given(nearly_json)
def test_the_two_parsers_agree(text: str) -> None:
    assert is_json(text) == _is_json_to_the_standard_library(text)


@given(st.lists(st.sampled_from(["[", "]", "{", "}", '"[{"', '"\\""', '"\\\\"', "1", ","])))
def test_depth_is_that_of_the_brackets_outside_strings(pieces: list[str]) -> None:
    steps = [1 if piece in "[{" else -1 for piece in pieces if piece in "[]{}"]
    deepest = max((sum(steps[:n]) for n in range(1, len(steps) + 1)), default=0)
    # The filling is flat, but makes counting worth while.
    text = "[]" * MAX_JSON_DEPTH + "[" * (MAX_JSON_DEPTH - 3) + "".join(pieces)
    if deepest > 3:
        with pytest.raises(JsonTooDeepError):
            check_depth(text)
    else:
        check_depth(text)


HOSTILE = {
    "a string that never ends": '"' + '\\"[' * 500_000,
    "flat brackets": "[" + ",".join(["[]"] * 500_000) + "]",
    "brackets between strings": '"["[],' * 250_000,
    "backslashes": "[" * 513 + "\\" * 1_500_000,
    "quotes": "[]" * 513 + '"' * 1_500_000,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_of_a_frame_takes_long(text: str) -> None:
    try:
        loads(text.encode())
    except ValueError:
        return


def test_numbers_of_any_size_do_not_spoil_a_message() -> None:
    digits = "9" * 5_000
    assert loads(f'{{"a":"\\ud83d","n":{digits},"i":7}}'.encode()) == {
        "a": "\ud83d",
        "n": float("inf"),
        "i": 7,
    }


@pytest.mark.parametrize("data", [b"\xff", b'"\xed\xa0\x80"', b"", b"[1", b'"\xc3'])
def test_what_is_no_utf_8_or_no_json_cannot_be_read(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any kind of it
        loads(data)


@given(any_text)
def test_a_literal_holds_its_text(text: str) -> None:
    literal = string_literal(text)
    assert json.loads(literal) == text
    assert literal[:1] == literal[-1:] == b'"'
    assert b"\n" not in literal
