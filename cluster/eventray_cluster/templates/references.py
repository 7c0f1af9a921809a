"""Which names an expression mentions."""

import re
from collections.abc import Iterator
from typing import Any

VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
"""In a text of `Fn::Sub`: `${Name}`, `${Name.Attribute}`, or `${!Literal}`."""


def mentioned(expression: Any) -> set[str]:
    """The names that `Ref`, `Fn::GetAtt` and `Fn::Sub` in it look up, in whichever branch they stand."""
    return set(_mentioned(expression))


def _mentioned(expression: Any) -> Iterator[str]:
    if isinstance(expression, list):
        for item in expression:
            yield from _mentioned(item)
    elif isinstance(expression, dict):
        for key, value in expression.items():
            yield from _looked_up(key, value)
            yield from _mentioned(value)


def _looked_up(key: str, value: Any) -> Iterator[str]:
    match key, value:
        case "Ref", str():
            yield value
        case "Fn::GetAtt", str():
            yield value.split(".", 1)[0]
        case "Fn::GetAtt", [str(logical_id), *_]:
            yield logical_id
        case "Fn::Sub", str():
            yield from variables(value)
        case "Fn::Sub", [str(text), dict(given)]:
            yield from variables(text) - given.keys()


def variables(text: str) -> set[str]:
    """The logical ids, parameters and own variables in a text of `Fn::Sub`."""
    found = VARIABLE.findall(text)
    return {name.strip().split(".", 1)[0] for literal, name in found if not literal}
