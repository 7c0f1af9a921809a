"""The `Condition` element of IAM policies: operators over what is known of a request.

Keys and operators that EventRay cannot evaluate are refused when a document is stored: a condition is
never left out silently.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eventray_core.glob import Context, GlobError, Globs
from eventray_core.policy_operators import NEGATED, KeyType, Test, make_test, read_flag

KEYS: Mapping[str, KeyType] = {
    "aws:currenttime": KeyType.DATE,
    "aws:epochtime": KeyType.SECONDS,
    "aws:principalaccount": KeyType.TEXT,
    "aws:principalarn": KeyType.ARN,
    "aws:principaltype": KeyType.TEXT,
    "aws:requestedregion": KeyType.TEXT,
    "aws:securetransport": KeyType.FLAG,
    "aws:sourceip": KeyType.ADDRESS,
    "aws:tagkeys": KeyType.TEXT,
    "aws:useragent": KeyType.TEXT,
    "aws:username": KeyType.TEXT,
}
"""The keys that are evaluated, in lower case; besides them `aws:RequestTag/<tag key>`."""

REQUEST_TAG = "aws:requesttag/"
TAG_KEYS = "aws:tagkeys"
"""The one key with many values."""

_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")


class ConditionError(ValueError):
    """A condition that cannot be evaluated; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key."""

    key: str
    test: Test
    negated: bool = False
    if_exists: bool = False
    for_all: bool | None = None
    """True with `ForAllValues:`, false with `ForAnyValue:`, None with neither."""

    def holds(self, context: Context, denies: bool = False) -> bool:
        """Whether the request meets it, in a statement that allows or denies.

        Where there are several values and none are expected, the stricter reading counts.
        """
        values = context.get(self.key, ())
        if not values:
            return self._holds_without_values()
        results = (self.test(value, context) is not self.negated for value in values)
        for_all = not denies if self.for_all is None else self.for_all
        return all(results) if for_all else any(results)

    def _holds_without_values(self) -> bool:
        """A negated operator holds for an absent key, as AWS documents it."""
        if self.for_all is not None:
            return self.for_all or self.if_exists
        return self.if_exists or self.negated


@dataclass(frozen=True, slots=True)
class Absence:
    """The operator `Null`: the key must be absent, or present."""

    key: str
    absent: bool

    def holds(self, context: Context, denies: bool = False) -> bool:
        """Whether the request meets it."""
        return (not context.get(self.key)) is self.absent


def parse_conditions(element: object, variables: bool) -> tuple[Condition | Absence, ...]:
    """Read a `Condition` element; all must hold. Raises `ConditionError`."""
    if not isinstance(element, Mapping):
        raise ConditionError("Condition must be an object.")
    found: list[Condition | Absence] = []
    for operator, pairs in element.items():
        if not isinstance(pairs, Mapping) or not pairs:
            raise ConditionError(f"The condition operator {operator} must hold an object of keys and values.")
        found += [_condition(operator, key, _values(key, value), variables) for key, value in pairs.items()]
    return tuple(found)


def checked_globs(patterns: Sequence[str], variables: bool) -> Globs:
    """Patterns whose variables can all be filled in. Raises `ConditionError`."""
    if variables:
        _check_variables(patterns)
    return Globs(patterns, variables=variables)


def _values(key: str, value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(v, str | bool | int | float) for v in values):
        raise ConditionError(f"The values of the condition key {key} must be texts, numbers, true or false.")
    return [v if isinstance(v, str) else str(v).lower() for v in values]


def _condition(operator: str, key: str, values: list[str], variables: bool) -> Condition | Absence:
    match = _OPERATOR.fullmatch(operator)
    scope, name, if_exists = match.groups() if match else (None, "", None)
    kind = _type_of(key)
    if variables:
        _check_variables(values)
    if scope is None and key.lower() == TAG_KEYS and name != "Null":
        raise ConditionError(f"The condition key {key} has many values: use ForAllValues: or ForAnyValue:.")
    try:
        if operator == "Null":
            return Absence(key.lower(), read_flag(values[0]))
        test = make_test(NEGATED.get(name, name), kind, values, variables)
    except ValueError as error:
        raise ConditionError(f"A value of the condition key {key} cannot be used: {error}.") from None
    if test is None:
        raise ConditionError(f"The condition operator {operator} cannot be used with the key {key}.")
    for_all = None if scope is None else scope == "ForAllValues"
    return Condition(key.lower(), test, name in NEGATED, if_exists is not None, for_all)


def _type_of(key: str) -> KeyType:
    lower = key.lower()
    if lower.startswith(REQUEST_TAG) and len(lower) > len(REQUEST_TAG):
        return KeyType.TEXT
    if lower not in KEYS:
        raise ConditionError(f"The condition key {key} is not one that EventRay evaluates.")
    return KEYS[lower]


def _check_variables(patterns: Sequence[str]) -> None:
    try:
        keys = Globs(patterns).variables()
    except GlobError as error:
        raise ConditionError(f"The policy variable ${{{error}}} is not one that EventRay fills in.") from None
    for key in keys:
        if _type_of(key) and key == TAG_KEYS:
            raise ConditionError("The policy variable ${aws:TagKeys} has many values.")
