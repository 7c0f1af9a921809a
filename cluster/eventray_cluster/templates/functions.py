"""CloudFormation's functions that compute values from values.

Each takes the evaluator, its own argument as it was written, and where it stands.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from eventray_cluster.templates.errors import Path, TemplateError
from eventray_cluster.templates.references import VARIABLE


class Absent:
    """What `AWS::NoValue` is: it takes the property or the item that it stands for away."""

    def __repr__(self) -> str:
        return "AWS::NoValue"


ABSENT: Final = Absent()


class Evaluation(Protocol):
    """What functions ask of the evaluator; all of it raises `TemplateError`."""

    def value(self, expression: Any, path: Path) -> Any:
        """The value: text, list, mapping or `ABSENT`."""

    def condition(self, name: str, path: Path) -> bool:
        """Whether a condition of the template holds."""

    def look_up(self, name: str, path: Path) -> Any:
        """What `Ref` of a name is, or `Fn::GetAtt` if there is a dot in it."""

    def mapped(self, keys: tuple[str, str, str], path: Path) -> Any:
        """An entry of a mapping; `ABSENT` if there is none."""


def text_of(value: Any, path: Path) -> str:
    """The value, which must be a text by now."""
    if not isinstance(value, str):
        raise TemplateError(path, f"It must be a text, and is {_kind(value)}.")
    return value


def list_of(value: Any, path: Path) -> list[Any]:
    """The value, which must be a list by now."""
    if not isinstance(value, list):
        raise TemplateError(path, f"It must be a list, and is {_kind(value)}.")
    return value


def _kind(value: Any) -> str:
    names = {str: "a text", list: "a list", dict: "a mapping", Absent: "AWS::NoValue"}
    return names.get(type(value), "null")


def _arguments(argument: Any, path: Path, least: int, most: int | None = None) -> list[Any]:
    """The arguments as written; there must be from `least` to `most`."""
    found = list_of(argument, path)
    if not least <= len(found) <= (most or least):
        raise TemplateError(path, f"It takes {least} arguments, and there are {len(found)}.")
    return found


def join(evaluation: Evaluation, argument: Any, path: Path) -> str:
    """`Fn::Join: [delimiter, list]`."""
    delimiter, items = _arguments(argument, path, 2)
    values = list_of(evaluation.value(items, path), path)
    return text_of(evaluation.value(delimiter, path), path).join(text_of(item, path) for item in values)


def split(evaluation: Evaluation, argument: Any, path: Path) -> list[str]:
    """`Fn::Split: [delimiter, text]`."""
    delimiter, text = (text_of(evaluation.value(a, path), path) for a in _arguments(argument, path, 2))
    if not delimiter:
        raise TemplateError(path, "The delimiter is empty.")
    return text.split(delimiter)


def select(evaluation: Evaluation, argument: Any, path: Path) -> Any:
    """`Fn::Select: [index, list]`."""
    index, items = _arguments(argument, path, 2)
    place, values = evaluation.value(index, path), list_of(evaluation.value(items, path), path)
    if not (isinstance(place, str) and place.isdecimal() and int(place) < len(values)):
        raise TemplateError(path, f"There is no item {place!r} in a list of {len(values)}.")
    return values[int(place)]


def substitute(evaluation: Evaluation, argument: Any, path: Path) -> str:
    """`Fn::Sub: text`, or `[text, {variable: value}]`."""
    template, given = (argument, {}) if isinstance(argument, str) else _arguments(argument, path, 2)
    if not isinstance(given, dict):
        raise TemplateError(path, "The second argument must be a mapping of variables.")
    values = {name: evaluation.value(value, (*path, name)) for name, value in given.items()}

    def replacement(name: str) -> str:
        value = values[name] if name in values else evaluation.look_up(name, path)
        return text_of(value, path)

    return VARIABLE.sub(
        lambda m: f"${{{m[2]}}}" if m[1] else replacement(m[2].strip()), text_of(template, path)
    )


def choose(evaluation: Evaluation, argument: Any, path: Path) -> Any:
    """`Fn::If: [condition, value if it holds, value otherwise]`; the other value is not computed."""
    name, first, second = _arguments(argument, path, 3)
    holds = evaluation.condition(text_of(name, path), path)
    return evaluation.value(first if holds else second, path)


def find_in_map(evaluation: Evaluation, argument: Any, path: Path) -> Any:
    """`Fn::FindInMap: [mapping, first key, second key]`, and `{DefaultValue: …}` if wanted."""
    *names, last = _arguments(argument, path, 3, 4)
    default = last.get("DefaultValue", ABSENT) if len(names) == 3 and isinstance(last, dict) else ABSENT
    names = names if len(names) == 3 else [*names, last]
    mapping, first, second = (text_of(evaluation.value(name, path), path) for name in names)
    found = evaluation.mapped((mapping, first, second), path)
    if found is not ABSENT:
        return found
    if default is ABSENT:
        raise TemplateError(path, f"The mapping {mapping!r} has nothing at {first!r}, {second!r}.")
    return evaluation.value(default, path)


def to_base64(evaluation: Evaluation, argument: Any, path: Path) -> str:
    """`Fn::Base64: text`."""
    text = text_of(evaluation.value(argument, path), path)
    return base64.b64encode(text.encode()).decode()


def length(evaluation: Evaluation, argument: Any, path: Path) -> str:
    """`Fn::Length: list`, of the language extensions."""
    return str(len(list_of(evaluation.value(argument, path), path)))


def to_json(evaluation: Evaluation, argument: Any, path: Path) -> str:
    """`Fn::ToJsonString: value`, of the language extensions."""
    return json.dumps(evaluation.value(argument, path), separators=(",", ":"), ensure_ascii=False)


FUNCTIONS: Mapping[str, Callable[[Evaluation, Any, Path], Any]] = {
    "Fn::Base64": to_base64,
    "Fn::FindInMap": find_in_map,
    "Fn::If": choose,
    "Fn::Join": join,
    "Fn::Length": length,
    "Fn::Select": select,
    "Fn::Split": split,
    "Fn::Sub": substitute,
    "Fn::ToJsonString": to_json,
}
