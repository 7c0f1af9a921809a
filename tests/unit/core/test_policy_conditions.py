from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.glob import Context
from eventray_core.policy_conditions import ConditionError, checked_globs, parse_conditions

TAGS = {"aws:tagkeys": ("team", "stage"), "aws:requesttag/team": ("red",)}


def holds(element: object, context: Context) -> bool:
    return all(condition.holds(context) for condition in parse_conditions(element, True))


def test_all_operators_and_keys_must_hold() -> None:
    element = {
        "StringEquals": {"aws:RequestTag/Team": "red", "aws:username": "ada"},
        "Bool": {"aws:SecureTransport": True},
    }
    full = {**TAGS, "aws:username": ("ada",), "aws:securetransport": ("true",)}
    assert holds(element, full)
    for key in ("aws:requesttag/team", "aws:username", "aws:securetransport"):
        assert not holds(element, {k: v for k, v in full.items() if k != key})


@pytest.mark.parametrize(
    ("operator", "absent", "same", "other"),
    [
        ("StringEquals", False, True, False),
        ("StringNotEquals", True, False, True),
        ("StringEqualsIfExists", True, True, False),
        ("StringNotEqualsIfExists", True, False, True),
        ("ForAnyValue:StringEquals", False, True, False),
        ("ForAllValues:StringEquals", True, True, False),
        ("ForAnyValue:StringNotEquals", False, False, True),
        ("ForAllValues:StringNotEquals", True, False, True),
    ],
)
def test_an_absent_key_and_one_value(operator: str, absent: bool, same: bool, other: bool) -> None:
    element = {operator: {"aws:username": ["ada", "bob"]}}
    assert holds(element, {}) is absent
    assert holds(element, {"aws:username": ("bob",)}) is same
    assert holds(element, {"aws:username": ("eve",)}) is other


SOME = st.frozensets(st.sampled_from("abc"), min_size=1).map(sorted)


@given(SOME, SOME)
def test_many_values_against_many(given_: list[str], wanted: list[str]) -> None:
    context = {"aws:tagkeys": tuple(given_)}
    inside = [value in wanted for value in given_]
    assert holds({"ForAllValues:StringEquals": {"aws:TagKeys": wanted}}, context) is all(inside)
    assert holds({"ForAnyValue:StringEquals": {"aws:TagKeys": wanted}}, context) is any(inside)
    assert holds({"ForAnyValue:StringNotEquals": {"aws:TagKeys": wanted}}, context) is not all(inside)
    assert holds({"ForAllValues:StringNotEquals": {"aws:TagKeys": wanted}}, context) is not any(inside)


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals"])
def test_several_values_where_one_is_expected_are_read_strictly(operator: str) -> None:
    (condition,) = parse_conditions({operator: {"aws:RequestTag/team": "red"}}, True)
    context = {"aws:requesttag/team": ("red", "blue")}
    assert not condition.holds(context)
    assert condition.holds(context, denies=True)


@pytest.mark.parametrize(("value", "absent"), [("true", True), (True, True), ("false", False)])
def test_null_asks_for_absence(value: object, absent: bool) -> None:
    element = {"Null": {"aws:RequestTag/team": value}}
    assert holds(element, {}) is absent
    assert holds(element, TAGS) is not absent


def test_a_value_may_name_another_key() -> None:
    element = {"StringLike": {"aws:RequestTag/owner": "${aws:username}-*"}}
    context = {"aws:username": ("ada",), "aws:requesttag/owner": ("ada-1",)}
    assert holds(element, context)
    assert not holds(element, {**context, "aws:username": ("a*",)})


@pytest.mark.parametrize(
    ("element", "why"),
    [
        ([], "must be an object"),
        ({"StringEquals": "x"}, "must hold an object"),
        ({"StringEquals": {}}, "must hold an object"),
        ({"StringEquals": {"aws:username": []}}, "must be texts"),
        ({"StringEquals": {"aws:username": {}}}, "must be texts"),
        ({"StringEquals": {"aws:MultiFactorAuthPresent": "true"}}, "is not one that EventRay evaluates"),
        ({"StringEquals": {"aws:RequestTag/": "x"}}, "is not one that EventRay evaluates"),
        ({"StringEquals": {"aws:TagKeys": "x"}}, "has many values"),
        ({"StringSounds": {"aws:username": "x"}}, "cannot be used with the key"),
        ({"ForSomeValues:StringEquals": {"aws:username": "x"}}, "cannot be used with the key"),
        ({"": {"aws:username": "x"}}, "cannot be used with the key"),
        ({"NullIfExists": {"aws:username": "true"}}, "cannot be used with the key"),
        ({"Null": {"aws:username": "maybe"}}, "neither true nor false"),
        ({"IpAddress": {"aws:username": "10.0.0.0/8"}}, "cannot be used with the key"),
        ({"IpAddress": {"aws:SourceIp": "here"}}, "cannot be used: 'here'"),
        ({"StringEquals": {"aws:username": "${aws:TagKeys}"}}, "has many values"),
        ({"StringEquals": {"aws:username": "${aws:userid}"}}, "is not one that EventRay evaluates"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(element: Any, why: str) -> None:
    with pytest.raises(ConditionError) as error:
        parse_conditions(element, True)
    assert why in str(error.value)


def test_without_variables_a_dollar_is_text() -> None:
    assert checked_globs(["${aws:nothing}"], False).match("${aws:nothing}", {})
    with pytest.raises(ConditionError):
        checked_globs(["${aws:nothing}"], True)
