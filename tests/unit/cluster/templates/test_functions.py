from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.evaluating import Evaluator, Scope

SCOPE = Scope(
    {"A": "x", "L": ["1", "2"]}, {}, {"M": {"k": {"v": "found"}}}, {"C": {"Fn::Equals": ["a", "a"]}}
)
NO_VALUE = {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("Join", ["-", ["a", {"Ref": "A"}, "c"]], "a-x-c"),
        ("Join", ["", []], ""),
        ("Join", [",", {"Ref": "L"}], "1,2"),
        ("Join", [",", ["a", NO_VALUE]], "a"),
        ("Split", ["/", "a/b//c"], ["a", "b", "", "c"]),
        ("Split", ["/", {"Fn::Join": ["/", ["a", "b"]]}], ["a", "b"]),
        ("Select", ["1", ["a", "b"]], "b"),
        ("Select", ["0", {"Fn::Split": [":", "arn:aws"]}], "arn"),
        ("Sub", "${A}/${AWS::NoValue2}", None),
        ("Sub", "${A}-${!A}-$A-${ A }", "x-${A}-$A-x"),
        ("Sub", "ctx => `${!ctx.events}`", "ctx => `${ctx.events}`"),
        ("Sub", ["${own}${A}", {"own": {"Ref": "A"}}], "xx"),
        ("Sub", ["${A}", {"A": "mine"}], "mine"),
        ("If", ["C", "a", "b"], "a"),
        ("FindInMap", ["M", "k", "v"], "found"),
        ("FindInMap", ["M", "k", "w", {"DefaultValue": {"Ref": "A"}}], "x"),
        ("Base64", "hi ✓", "aGkg4pyT"),
        ("Length", {"Ref": "L"}, "2"),
        ("ToJsonString", {"a": [{"Ref": "A"}]}, '{"a":["x"]}'),
    ],
)
def test_functions_are_computed(name: str, argument: Any, value: Any) -> None:
    evaluator = Evaluator(SCOPE)
    if value is None:
        with pytest.raises(TemplateError, match="There is no pseudo parameter"):
            evaluator.value({f"Fn::{name}": argument}, ())
    else:
        assert evaluator.value({f"Fn::{name}": argument}, ()) == value


@pytest.mark.parametrize(
    ("name", "argument", "message"),
    [
        ("Join", ["-"], "It takes 2 arguments, and there are 1."),
        ("Join", ["-", "a"], "It must be a list, and is a text."),
        ("Join", ["-", [["a"]]], "It must be a text, and is a list."),
        ("Join", ["-", [{"a": "b"}]], "It must be a text, and is a mapping."),
        ("Split", ["", "a"], "The delimiter is empty."),
        ("Select", ["2", ["a", "b"]], "There is no item '2' in a list of 2."),
        ("Select", ["-1", ["a"]], "There is no item '-1' in a list of 1."),
        ("Select", [["0"], ["a"]], "There is no item ['0'] in a list of 1."),
        ("Sub", ["${a}", "b"], "The second argument must be a mapping of variables."),
        ("Sub", ["${a}"], "It takes 2 arguments, and there are 1."),
        ("Sub", "${L}", "It must be a text, and is a list."),
        ("Sub", "${Nobody}", "There is no parameter 'Nobody'"),
        ("If", ["C", "a"], "It takes 3 arguments, and there are 2."),
        ("FindInMap", ["M", "k", "w"], "The mapping 'M' has nothing at 'k', 'w'."),
        ("FindInMap", ["N", "k", "v"], "The mapping 'N' has nothing at 'k', 'v'."),
        ("Base64", ["a"], "It must be a text, and is a list."),
        ("Base64", NO_VALUE, "It must be a text, and is AWS::NoValue."),
    ],
)
def test_wrong_arguments_are_told_with_their_place(name: str, argument: Any, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Evaluator(SCOPE).value({f"Fn::{name}": argument}, ("Here",))
    assert str(caught.value).startswith(f"Here.Fn::{name}")
    assert message in str(caught.value)


@given(st.lists(st.text(st.characters(exclude_characters="|")), min_size=1))
def test_splitting_undoes_joining(parts: list[str]) -> None:
    joined = {"Fn::Join": ["|", parts]}
    assert Evaluator(Scope({})).value({"Fn::Split": ["|", joined]}, ()) == parts


@given(st.text(), st.text())
def test_substitution_touches_only_variables(before: str, value: str) -> None:
    plain = before.replace("$", "")
    found = Evaluator(Scope({"V": value})).value({"Fn::Sub": plain + "${V}"}, ())
    assert found == plain + value
