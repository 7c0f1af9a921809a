"""CloudFormation's functions that hold or do not hold."""

from collections.abc import Callable, Mapping
from typing import Any

from eventray_cluster.templates.errors import Path, TemplateError
from eventray_cluster.templates.functions import Evaluation, list_of, text_of

FEWEST, MOST = 2, 10
"""How many conditions `Fn::And` and `Fn::Or` take."""


def holds(evaluation: Evaluation, expression: Any, path: Path) -> bool:
    """Whether a condition's expression holds; raises `TemplateError` if it is none."""
    if isinstance(expression, dict) and len(expression) == 1:
        name, argument = next(iter(expression.items()))
        if function := CONDITIONS.get(name):
            return function(evaluation, argument, (*path, name))
    raise TemplateError(path, f"It must be a condition: one of {', '.join(CONDITIONS)}.")


def _named(evaluation: Evaluation, argument: Any, path: Path) -> bool:
    return evaluation.condition(text_of(argument, path), path)


def _equals(evaluation: Evaluation, argument: Any, path: Path) -> bool:
    values = list_of(argument, path)
    if len(values) != 2:
        raise TemplateError(path, f"It takes 2 arguments, and there are {len(values)}.")
    first, second = (evaluation.value(value, path) for value in values)
    return bool(first == second)


def _parts(argument: Any, path: Path, fewest: int, most: int) -> list[Any]:
    parts = list_of(argument, path)
    if not fewest <= len(parts) <= most:
        raise TemplateError(path, f"It takes {fewest} to {most} conditions, and there are {len(parts)}.")
    return parts


def _and(evaluation: Evaluation, argument: Any, path: Path) -> bool:
    return all(holds(evaluation, part, path) for part in _parts(argument, path, FEWEST, MOST))


def _or(evaluation: Evaluation, argument: Any, path: Path) -> bool:
    return any(holds(evaluation, part, path) for part in _parts(argument, path, FEWEST, MOST))


def _not(evaluation: Evaluation, argument: Any, path: Path) -> bool:
    return not holds(evaluation, _parts(argument, path, 1, 1)[0], path)


CONDITIONS: Mapping[str, Callable[[Evaluation, Any, Path], bool]] = {
    "Condition": _named,
    "Fn::And": _and,
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::Or": _or,
}
