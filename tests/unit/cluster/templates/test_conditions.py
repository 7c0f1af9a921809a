from typing import Any

import pytest

from eventray_cluster.templates.conditions import holds
from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.evaluating import Evaluator, Scope

TRUE = {"Fn::Equals": ["a", "a"]}
FALSE = {"Fn::Equals": ["a", "b"]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (TRUE, True),
        (FALSE, False),
        ({"Fn::Equals": [{"Ref": "List"}, ["x"]]}, True),
        ({"Fn::Not": [FALSE]}, True),
        ({"Fn::And": [TRUE, TRUE]}, True),
        ({"Fn::And": [TRUE, FALSE, TRUE]}, False),
        ({"Fn::Or": [FALSE, FALSE]}, False),
        ({"Fn::Or": [FALSE, TRUE]}, True),
        ({"Condition": "Named"}, True),
    ],
)
def test_conditions_hold_or_do_not(expression: Any, expected: bool) -> None:
    evaluator = Evaluator(Scope({"List": ["x"]}, conditions={"Named": TRUE}))
    assert holds(evaluator, expression, ()) is expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("true", "C: It must be a condition"),
        ({"Fn::Join": ["", []]}, "C: It must be a condition"),
        ({"Fn::Equals": ["a"]}, "C.Fn::Equals: It takes 2 arguments, and there are 1."),
        ({"Fn::Equals": "a"}, "C.Fn::Equals: It must be a list, and is a text."),
        ({"Fn::Not": [TRUE, TRUE]}, "C.Fn::Not: It takes 1 to 1 conditions"),
        ({"Fn::And": [TRUE]}, "C.Fn::And: It takes 2 to 10 conditions"),
        ({"Fn::Or": [TRUE] * 11}, "C.Fn::Or: It takes 2 to 10 conditions"),
        ({"Condition": ["a"]}, "C.Condition: It must be a text, and is a list."),
        ({"Condition": "Nobody"}, "C.Condition: There is no condition 'Nobody'."),
    ],
)
def test_what_is_no_condition_is_told_with_its_place(expression: Any, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        holds(Evaluator(Scope({})), expression, ("C",))
    assert str(caught.value).startswith(message)
