"""The values of a template's parameters: given, kept from the last time, or the default."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eventray_cluster.errors import UsageError
from eventray_cluster.templates.template import Parameter

STORED_ELSEWHERE = "AWS::SSM::Parameter::"
"""Types whose default names an entry of AWS's parameter store, which EventRay has not."""


@dataclass(frozen=True, slots=True)
class ParameterValues:
    """What the parameters are in one deployment."""

    values: Mapping[str, Any]
    lacking: Mapping[str, str]
    """Those that have no value here, and what to say if one is needed."""
    kept: Mapping[str, str]
    """What to keep for the next deployment: what was given, without secrets."""


def parameter_values(
    parameters: Mapping[str, Parameter], given: Mapping[str, str], kept: Mapping[str, str]
) -> ParameterValues:
    """What the parameters are; raises `UsageError` with a sentence for each that is wrong."""
    known = {name: value for name, value in kept.items() if name in parameters} | dict(given)
    problems = [f"The template has no parameter {name!r}." for name in given if name not in parameters]
    problems += [text for p in parameters.values() for text in _problems(p, known.get(p.name))]
    if problems:
        raise UsageError("\n".join(problems))
    values, lacking = {}, {}
    for name, parameter in parameters.items():
        if name not in known and parameter.type.startswith(STORED_ELSEWHERE):
            lacking[name] = f"The parameter {name!r} is kept in AWS; give its value with --parameter {name}=…"
        else:
            values[name] = _typed(parameter, known.get(name, parameter.default or ""))
    secrets = {name for name, parameter in parameters.items() if parameter.secret}
    return ParameterValues(values, lacking, {n: v for n, v in known.items() if n not in secrets})


def _typed(parameter: Parameter, value: str) -> str | list[str]:
    inner = parameter.type.removeprefix(STORED_ELSEWHERE).removeprefix("Value<")
    is_list = inner.startswith(("List<", "CommaDelimitedList"))
    return [item.strip() for item in value.split(",")] if is_list else value


def _problems(parameter: Parameter, given: str | None) -> Iterator[str]:
    value = parameter.default if given is None else given
    if value is None:
        if not parameter.type.startswith(STORED_ELSEWHERE):
            yield f"The parameter {parameter.name!r} has no value: give --parameter {parameter.name}=…"
        return
    if given is None and parameter.type.startswith(STORED_ELSEWHERE):
        return
    shown = "what is given" if parameter.secret else repr(value)
    for rule in _broken(parameter, value):
        reason = parameter.rules.get("ConstraintDescription", rule)
        yield f"The parameter {parameter.name!r} cannot be {shown}: {reason}"


def _broken(parameter: Parameter, value: str) -> Iterator[str]:
    typed = _typed(parameter, value)
    items = typed if isinstance(typed, list) else [typed]
    if parameter.allowed and not set(items) <= set(parameter.allowed):
        yield f"it must be one of {', '.join(parameter.allowed)}."
    if "Number" in parameter.type:
        yield from (f"{item!r} is not a number." for item in items if _number(item) is None)
    for rule, limit in parameter.rules.items():
        if (check := CHECKS.get(rule)) and not check(value, limit):
            yield f"its {rule} is {limit}."


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _matches(value: str, pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return False


CHECKS: Mapping[str, Callable[[str, str], bool]] = {
    "AllowedPattern": _matches,
    "MinLength": lambda value, limit: len(value) >= float(limit),
    "MaxLength": lambda value, limit: len(value) <= float(limit),
    "MinValue": lambda value, limit: (n := _number(value)) is None or n >= float(limit),
    "MaxValue": lambda value, limit: (n := _number(value)) is None or n <= float(limit),
}
