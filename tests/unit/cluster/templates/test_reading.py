import json
import string
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.reading import read_template

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=12)
VALUES = st.recursive(
    TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(string.ascii_letters), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(string.ascii_letters, min_size=1), VALUES, max_size=5))
def test_json_and_yaml_of_the_same_texts_are_read_as_the_same(template: dict[str, Any]) -> None:
    assert read_template(json.dumps(template)) == template
    assert read_template(yaml.safe_dump(template, allow_unicode=True)) == template


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2010-09-09", "2010-09-09"),
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("1.10", "1.10"),
        ("012345670123", "012345670123"),
        ("12:30:45", "12:30:45"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("yes", "yes"),
        ("True", "true"),
        ("false", "false"),
        ("'True'", "True"),
        ("", None),
        ("null", None),
        ("~", None),
        ("''", ""),
        ("!!int 5", "5"),
        ("!!str 5", "5"),
        ("! plain", "plain"),
        ("|\n    a\n    b\n", "a\nb\n"),
    ],
)
def test_a_plain_scalar_stays_what_was_written(text: str, value: str | None) -> None:
    assert read_template(f"Value: {text}") == {"Value": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Api", {"Ref": "Api"}),
        ("!Condition Wanted", {"Condition": "Wanted"}),
        ("!GetAtt Api.Dns.Http", {"Fn::GetAtt": "Api.Dns.Http"}),
        ("!GetAtt [Api, ApiId]", {"Fn::GetAtt": ["Api", "ApiId"]}),
        ("!Sub 'https://${Api.Dns.Http}/event'", {"Fn::Sub": "https://${Api.Dns.Http}/event"}),
        ("!Sub ['${x}', {x: !Ref Api}]", {"Fn::Sub": ["${x}", {"x": {"Ref": "Api"}}]}),
        ("!If [Wanted, !Ref Api, !Join [',', [a, 1]]]",
         {"Fn::If": ["Wanted", {"Ref": "Api"}, {"Fn::Join": [",", ["a", "1"]]}]}),
        ("{Fn::Transform: {Name: X}}", {"Fn::Transform": {"Name": "X"}}),
        ("!Transform {Name: X}", {"Fn::Transform": {"Name": "X"}}),
    ],
)  # fmt: skip
def test_short_functions_become_long_ones(text: str, value: Any) -> None:
    assert read_template(f"Value: {text}") == {"Value": value}


def test_numbers_and_booleans_in_json_are_texts_too() -> None:
    text = (
        '{"a": 1, "b": 1.50, "c": true, "d": [false, null], "e": "\\ud83d\\ude00", "f": 12345678901234567890}'
    )
    assert read_template(text) == {
        "a": "1", "b": "1.50", "c": "true", "d": ["false", None], "e": "😀", "f": "12345678901234567890",
    }  # fmt: skip


def test_yaml_in_braces_is_no_json_and_is_read() -> None:
    assert read_template("{a: 1, b: !Ref c}") == {"a": "1", "b": {"Ref": "c"}}


def test_aliases_and_merges_are_followed() -> None:
    text = "base: &base {a: 1, b: 2}\nother: {<<: *base, b: 3}\nsame: *base"
    found = read_template(text)
    assert found["other"] == {"a": "1", "b": "3"}
    assert found["same"] == {"a": "1", "b": "2"}


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a mapping of sections"),
        ("- a", "not a mapping of sections"),
        ("a: [", "Line 1, column 5: expected the node content"),
        ("a: 1\nb: 2\na: 3", "the key 'a' stands twice"),
        ('{"a": {"b": 1, "b": 2}}', "The key 'b' stands twice"),
        ("? [a]\n: b", "a key must be a text"),
        ("a: !!binary aGk=", "tag:yaml.org,2002:binary is not supported"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("a: \x00", "cannot be read"),
        (BOMB, "more than 250000 values"),
        ("a: &a [*a]", "more than 250000 values"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("a: " + "[" * 1_500, "nested too deeply"),
    ],
)
def test_what_is_no_template_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        read_template(text)
    assert message in str(caught.value)
