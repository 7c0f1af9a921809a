"""The operators of policy conditions: how one value of a request is compared with those of a policy."""

import enum
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from eventray_core.glob import Context, Globs

Test = Callable[[str, Context], bool]
"""Whether one value of the request meets one of the policy's."""


class KeyType(enum.Enum):
    """What the values of a condition key are."""

    TEXT = enum.auto()
    ARN = enum.auto()
    ADDRESS = enum.auto()
    FLAG = enum.auto()
    DATE = enum.auto()
    SECONDS = enum.auto()


NEGATED: Mapping[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "DateNotEquals": "DateEquals",
    "NumericNotEquals": "NumericEquals",
}
"""Operators that hold where another does not."""

_ORDERS: Mapping[str, Callable[[float, float], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_ORDERED_TYPES = {"Date": {KeyType.DATE, KeyType.SECONDS}, "Numeric": {KeyType.SECONDS}}


def make_test(name: str, kind: KeyType, values: Sequence[str], variables: bool) -> Test | None:
    """The test of an operator that is not negated; None if there is no such operator for the type.

    Raises `ValueError` for a value that the operator cannot use.
    """
    if name.startswith("String"):
        return _string_test(name, values, variables)
    if name in {"ArnEquals", "ArnLike"}:
        return _arn_test(values, variables) if kind is KeyType.ARN else None
    if name == "IpAddress":
        return _address_test(values) if kind is KeyType.ADDRESS else None
    if name == "Bool":
        return _flag_test(values) if kind is KeyType.FLAG else None
    return _order_test(name, kind, values)


def _string_test(name: str, values: Sequence[str], variables: bool) -> Test | None:
    if name == "StringEqualsIgnoreCase":
        lowered = Globs([v.lower() for v in values], wildcards=False, variables=variables)
        return lambda value, context: lowered.match(value.lower(), _lower(context))
    if name not in {"StringEquals", "StringLike"}:
        return None
    return Globs(values, wildcards=name == "StringLike", variables=variables).match


def _lower(context: Context) -> Context:
    return {key: tuple(value.lower() for value in values) for key, values in context.items()}


def _arn_test(values: Sequence[str], variables: bool) -> Test:
    """An ARN's six parts are compared one by one: no wildcard reaches over a colon before the last."""
    patterns = [[Globs([part], variables=variables) for part in _arn_parts(v)] for v in values]

    def test(value: str, context: Context) -> bool:
        parts = value.split(":", 5)
        return any(
            len(globs) == len(parts) and all(g.match(p, context) for g, p in zip(globs, parts, strict=True))
            for globs in patterns
        )

    return test


def _arn_parts(pattern: str) -> list[str]:
    parts = pattern.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise ValueError(f"'{pattern}' is not an ARN")
    return parts


def _address_test(values: Sequence[str]) -> Test:
    networks = [ipaddress.ip_network(value, strict=False) for value in values]

    def test(value: str, _: Context) -> bool:
        address = _address(value)
        return address is not None and any(address in network for network in networks)

    return test


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """IPv4 in the clothes of IPv6, as a socket for both tells it, is IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _flag_test(values: Sequence[str]) -> Test:
    wanted = {read_flag(value) for value in values}
    return lambda value, _: read_flag(value) in wanted


def read_flag(text: str) -> bool:
    """`true` or `false`, in any case. Raises `ValueError` for others."""
    if text.lower() not in {"true", "false"}:
        raise ValueError(f"'{text}' is neither true nor false")
    return text.lower() == "true"


def _order_test(name: str, kind: KeyType, values: Sequence[str]) -> Test | None:
    match = re.fullmatch("(Date|Numeric)(.+)", name)
    if match is None or match[2] not in _ORDERS or kind not in _ORDERED_TYPES[match[1]]:
        return None
    compare, limits = _ORDERS[match[2]], [_number(value) for value in values]
    return lambda value, _: any(compare(_number(value), limit) for limit in limits)


def _number(text: str) -> float:
    """Seconds since 1970 of a number or an ISO 8601 date, which is UTC if it does not say."""
    if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is neither a number nor a date") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
