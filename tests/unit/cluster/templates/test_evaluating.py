from typing import Any

import pytest

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.evaluating import Evaluator, LackingError, Scope
from eventray_cluster.templates.functions import ABSENT

CONDITIONS: dict[str, Any] = {
    "Yes": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    "No": {"Fn::Not": [{"Condition": "Yes"}]},
    "Circle": {"Fn::Not": [{"Condition": "Circle"}]},
    "OfResource": {"Fn::Equals": [{"Ref": "Api"}, "x"]},
    "Lazy": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "Circle"}]},
}


class OneApi:
    """Resources of which there is one."""

    def ref(self, logical_id: str) -> str:
        if logical_id != "Api":
            raise LackingError(f"There is no resource {logical_id!r}.")
        return "arn:api"

    def attribute(self, logical_id: str, name: str) -> str:
        return f"{self.ref(logical_id)}/{name}"


def evaluator() -> Evaluator:
    values = {"Stage": "prod", "Zones": ["a", "b"], "AWS::Region": "us-east-1"}
    lacking = {"Bootstrap": "Give Bootstrap."}
    return Evaluator(Scope(values, lacking, {"M": {"k": {"x": "1", "l": ["2"]}}}, CONDITIONS), OneApi())


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("text", "text"),
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Zones"}, ["a", "b"]),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "Api"}, "arn:api"),
        ({"Ref": "AWS::NoValue"}, ABSENT),
        ({"Fn::GetAtt": "Api.Dns.Http"}, "arn:api/Dns.Http"),
        ({"Fn::GetAtt": ["Api", "Dns.Http"]}, "arn:api/Dns.Http"),
        ({"Fn::GetAtt": ["Api", "Dns", "Http"]}, "arn:api/Dns.Http"),
        ({"Fn::GetAtt": ["Api", {"Ref": "Stage"}]}, "arn:api/prod"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, "c"]}, {"b": ["c"]}),
        ({"Condition": {"Bool": {"a": "true"}}}, {"Condition": {"Bool": {"a": "true"}}}),
        ({"Fn::If": ["Yes", "a", {"Ref": "Nobody"}]}, "a"),
        ({"Fn::If": ["No", {"Ref": "Nobody"}, {"Ref": "AWS::NoValue"}]}, ABSENT),
        ({"Fn::If": ["Lazy", "a", "b"]}, "a"),
        ({"Fn::FindInMap": ["M", {"Fn::Select": ["0", ["k"]]}, "l"]}, ["2"]),
    ],
)  # fmt: skip
def test_expressions_are_computed(expression: Any, value: Any) -> None:
    assert evaluator().value(expression, ()) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (None, "P: Null is not a value."),
        ({"a": None}, "P.a: Null is not a value."),
        ({"Ref": "Nobody"}, "P: There is no resource 'Nobody'."),
        ({"Ref": "Bootstrap"}, "P: Give Bootstrap."),
        ({"Ref": "AWS::Moon"}, "P: There is no pseudo parameter 'AWS::Moon'."),
        ({"Ref": ["a"]}, "P.Ref: It must be a text, and is a list."),
        ({"Fn::GetAtt": "Nobody.Id"}, "P.Fn::GetAtt: There is no resource 'Nobody'."),
        ({"Fn::GetAtt": "Api"}, "P.Fn::GetAtt: It must name a resource and an attribute."),
        ({"Fn::GetAtt": {"a": "b"}}, "P.Fn::GetAtt: It must name a resource and an attribute."),
        ({"a": [{"Fn::ImportValue": "x"}]}, "P.a.0.Fn::ImportValue: This function is not supported here."),
        ({"Fn::Cidr": "x", "b": "c"}, "P.Fn::Cidr: This function is not supported here."),
        ({"Fn::If": ["Maybe", "a", "b"]}, "P.Fn::If: There is no condition 'Maybe'."),
        ({"Fn::If": ["Circle", "a", "b"]}, "Conditions.Circle: It depends on itself."),
        ({"Fn::If": ["OfResource", "a", "b"]}, "Conditions.OfResource.Fn::Equals: There is no parameter"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_told_with_its_place(expression: Any, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        evaluator().value(expression, ("P",))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ({"Fn::If": ["Yes", {"Ref": "Nobody"}, "b"]}, {"Ref": "Nobody"}),
        ({"Fn::If": ["No", "a", {"Fn::If": ["Yes", ["x"], "y"]}]}, ["x"]),
        ({"Fn::If": ["No", "a", {"Ref": "AWS::NoValue"}]}, ABSENT),
        ("text", "text"),
    ],
)
def test_a_choice_can_be_made_without_computing_it(expression: Any, chosen: Any) -> None:
    assert evaluator().chosen(expression, ()) == chosen


def test_a_choice_needs_three_arguments() -> None:
    with pytest.raises(TemplateError, match="It takes a condition and two values"):
        evaluator().chosen({"Fn::If": ["Yes", "a"]}, ())


def test_only_resources_that_are_given_can_be_named() -> None:
    plain = Evaluator(Scope({}))
    for expression in ({"Ref": "Api"}, {"Fn::GetAtt": "Api.ApiId"}):
        with pytest.raises(TemplateError, match="cannot be named here"):
            plain.value(expression, ())
