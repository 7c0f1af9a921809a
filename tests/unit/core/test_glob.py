import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventray_core.glob import GlobError, Globs

PATTERNS = st.text("ab*?", max_size=12)
TEXTS = st.text("ab", max_size=12)


def naive(pattern: str, text: str) -> bool:
    """The definition, letter by letter."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(naive(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and naive(pattern[1:], text[1:])


@given(PATTERNS, TEXTS)
@example("*a*b", "aabab")
@example("a*", "a")
@example("**?", "b")
def test_a_pattern_matches_as_its_definition_says(pattern: str, text: str) -> None:
    assert Globs([pattern]).match(text, {}) is naive(pattern, text)


@given(st.lists(PATTERNS, max_size=4), TEXTS)
def test_one_of_several_is_enough(patterns: list[str], text: str) -> None:
    assert Globs(patterns).match(text, {}) is any(naive(pattern, text) for pattern in patterns)


@given(st.text(max_size=8), st.text(max_size=8))
def test_without_wildcards_and_variables_only_the_same_text_matches(pattern: str, text: str) -> None:
    globs = Globs([pattern], wildcards=False, variables=False)
    assert globs.match(text, {}) is (pattern == text)
    assert globs.match(pattern, {})


@given(PATTERNS, PATTERNS, st.text("ab*?", max_size=4), TEXTS)
def test_a_variable_stands_for_its_value_and_never_for_a_pattern(
    before: str, after: str, value: str, text: str
) -> None:
    globs = Globs([f"{before}${{aws:username}}{after}"])
    literal = "".join({"*": "\x01", "?": "\x02"}.get(c, c) for c in value)
    assert globs.match(text, {"aws:username": (value,)}) is naive(before + literal + after, text)


def test_names_of_variables_are_read_without_case() -> None:
    globs = Globs(["apis/${AWS:UserName}/*"])
    assert globs.variables() == {"aws:username"}
    assert globs.match("apis/ada/x", {"aws:username": ("ada",)})


@pytest.mark.parametrize("values", [(), ("ada", "bob")])
def test_a_variable_without_exactly_one_value_matches_nothing(values: tuple[str, ...]) -> None:
    assert not Globs(["*${aws:username}*"]).match("ada", {"aws:username": values})


@pytest.mark.parametrize("sign", ["*", "?", "$"])
def test_signs_can_be_written_as_themselves(sign: str) -> None:
    globs = Globs([f"a${{{sign}}}"])
    assert globs.match(f"a{sign}", {})
    assert not globs.match("ab", {})


def test_without_variables_the_dollar_is_a_dollar() -> None:
    assert Globs(["a${aws:username}*"], variables=False).match("a${aws:username}b", {})
    assert Globs(["a$b"]).match("a$b", {})


@pytest.mark.parametrize("inner", ["", "username", "aws:username, 'nobody'", "aws:", "a b:c"])
def test_other_variables_are_refused(inner: str) -> None:
    with pytest.raises(GlobError):
        Globs([f"${{{inner}}}"])


def test_line_breaks_are_characters_like_others() -> None:
    assert Globs(["a*c?"]).match("a\nc\n", {})
    assert not Globs(["a"]).match("a\n", {})


def test_no_pattern_takes_long() -> None:
    globs = Globs(["*a" * 400 + "b"])
    begin = time.process_time()
    assert not globs.match("a" * 8_000, {})
    assert time.process_time() - begin < 0.5
