import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.policy_operators import NEGATED, KeyType, make_test, read_flag

ARN = "arn:aws:iam::123456789012:user/ada"


def meets(operator: str, kind: KeyType, wanted: str, value: str) -> bool:
    test = make_test(operator, kind, [wanted], True)
    assert test is not None
    return test(value, {"aws:username": ("Ada",)})


@pytest.mark.parametrize(
    ("operator", "kind", "wanted", "value", "expected"),
    [
        ("StringEquals", KeyType.TEXT, "Ada", "Ada", True),
        ("StringEquals", KeyType.TEXT, "Ada", "ada", False),
        ("StringEquals", KeyType.TEXT, "A*", "Ada", False),
        ("StringEquals", KeyType.TEXT, "A*", "A*", True),
        ("StringEquals", KeyType.TEXT, "${aws:username}", "Ada", True),
        ("StringEqualsIgnoreCase", KeyType.TEXT, "ADA", "adA", True),
        ("StringEqualsIgnoreCase", KeyType.TEXT, "${aws:username}", "ADA", True),
        ("StringLike", KeyType.TEXT, "A?a", "Ada", True),
        ("StringLike", KeyType.TEXT, "a*", "Ada", False),
        ("ArnEquals", KeyType.ARN, ARN, ARN, True),
        ("ArnLike", KeyType.ARN, "arn:aws:iam::*:user/*", ARN, True),
        ("ArnLike", KeyType.ARN, "arn:*:user/ada:x:y:z", ARN, False),
        ("ArnLike", KeyType.ARN, "arn:aws:*:123456789012:user/ada:", ARN, False),
        ("ArnLike", KeyType.ARN, "arn:aws:iam::123456789012:user/*", "not an ARN", False),
        ("IpAddress", KeyType.ADDRESS, "10.0.0.0/8", "10.1.2.3", True),
        ("IpAddress", KeyType.ADDRESS, "10.0.0.0/8", "11.1.2.3", False),
        ("IpAddress", KeyType.ADDRESS, "10.1.2.3", "::ffff:10.1.2.3", True),
        ("IpAddress", KeyType.ADDRESS, "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", KeyType.ADDRESS, "2001:db8::/32", "10.1.2.3", False),
        ("IpAddress", KeyType.ADDRESS, "0.0.0.0/0", "somewhere", False),
        ("Bool", KeyType.FLAG, "True", "true", True),
        ("Bool", KeyType.FLAG, "false", "true", False),
        ("DateLessThan", KeyType.DATE, "2030-01-01T00:00:00Z", "2029-12-31T23:59:59+00:00", True),
        ("DateLessThan", KeyType.DATE, "2030-01-01", "2030-01-01T00:00:00Z", False),
        ("DateGreaterThan", KeyType.SECONDS, "2001-09-09T01:46:39Z", "1000000000", True),
        ("NumericLessThan", KeyType.SECONDS, "1000000000", "999999999", True),
    ],
)
def test_operators(operator: str, kind: KeyType, wanted: str, value: str, expected: bool) -> None:
    assert meets(operator, kind, wanted, value) is expected


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_orders_are_those_of_numbers(value: int, limit: int) -> None:
    results = {
        name: meets(f"Numeric{name}", KeyType.SECONDS, str(limit), str(value))
        for name in ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
    }
    assert results == {
        "Equals": value == limit,
        "LessThan": value < limit,
        "LessThanEquals": value <= limit,
        "GreaterThan": value > limit,
        "GreaterThanEquals": value >= limit,
    }


@pytest.mark.parametrize(
    ("operator", "kind", "value"),
    [
        ("ArnLike", KeyType.ARN, "ada"),
        ("IpAddress", KeyType.ADDRESS, "10.0.0.0/64"),
        ("Bool", KeyType.FLAG, "yes"),
        ("DateEquals", KeyType.DATE, "soon"),
        ("NumericEquals", KeyType.SECONDS, "1e400"),
    ],
)
def test_values_that_the_operator_cannot_use(operator: str, kind: KeyType, value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        make_test(operator, kind, [value], True)


@pytest.mark.parametrize(
    ("operator", "kind"),
    [
        ("ArnLike", KeyType.TEXT),
        ("IpAddress", KeyType.TEXT),
        ("Bool", KeyType.TEXT),
        ("NumericEquals", KeyType.DATE),
        ("DateEquals", KeyType.TEXT),
        ("DateSounds", KeyType.DATE),
        ("StringSounds", KeyType.TEXT),
        ("BinaryEquals", KeyType.TEXT),
    ],
)
def test_operators_that_are_not_for_the_type(operator: str, kind: KeyType) -> None:
    assert make_test(operator, kind, ["1"], True) is None


def test_each_negated_operator_has_one_that_can_be_tested() -> None:
    values = {"IpAddress": (KeyType.ADDRESS, "::1"), "Arn": (KeyType.ARN, ARN), "String": (KeyType.TEXT, "x")}
    for base in NEGATED.values():
        kind, value = next((v for k, v in values.items() if base.startswith(k)), (KeyType.SECONDS, "1"))
        assert make_test(base, kind, [value], True) is not None, base


def test_flags_are_read_in_any_case() -> None:
    assert read_flag("TRUE")
    assert not read_flag("False")
