"""Computes the expressions of a template."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from eventray_cluster.templates.conditions import holds
from eventray_cluster.templates.errors import Path, TemplateError
from eventray_cluster.templates.functions import ABSENT, FUNCTIONS, text_of


class LackingError(Exception):
    """A value that cannot be had; the text is a sentence."""


class Resources(Protocol):
    """What expressions can ask of the template's resources; both raise `LackingError`."""

    def ref(self, logical_id: str) -> Any:
        """What `Ref` is."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """What `Fn::GetAtt` is."""


class NoResources:
    """For expressions that may not mention any."""

    def ref(self, logical_id: str) -> Any:
        """Never there."""
        raise LackingError(f"There is no parameter {logical_id!r}, and resources cannot be named here.")

    def attribute(self, logical_id: str, name: str) -> Any:
        """Never there."""
        raise LackingError(f"{logical_id}.{name}: resources cannot be named here.")


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean."""

    values: Mapping[str, Any]
    """Parameters and pseudo parameters: texts, or lists of texts."""
    lacking: Mapping[str, str] = field(default_factory=dict)
    """Parameters without a value, and why."""
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)


class Evaluator:
    """Computes expressions in a scope; everything raises `TemplateError` with the place of what is wrong."""

    def __init__(self, scope: Scope, resources: Resources | None = None) -> None:
        self._scope = scope
        self._resources = resources or NoResources()
        self._conditions: dict[str, bool | None] = {}

    def value(self, expression: Any, path: Path) -> Any:
        """The value: text, list, mapping, or `ABSENT`, of which lists and mappings hold none."""
        match expression:
            case str():
                return expression
            case list():
                values = [self.value(item, (*path, str(n))) for n, item in enumerate(expression)]
                return [value for value in values if value is not ABSENT]
            case dict():
                return self._mapping(expression, path)
        raise TemplateError(path, "Null is not a value.")

    def text(self, expression: Any, path: Path) -> str:
        """The value, which must be a text."""
        return text_of(self.value(expression, path), path)

    def chosen(self, expression: Any, path: Path) -> Any:
        """The expression that `Fn::If` at its top chooses, itself not computed; it may be `ABSENT`."""
        while isinstance(expression, dict) and list(expression) == ["Fn::If"]:
            match expression["Fn::If"]:
                case [str(name), first, second]:
                    expression = first if self.condition(name, path) else second
                case _:
                    raise TemplateError((*path, "Fn::If"), "It takes a condition and two values.")
        return ABSENT if expression == {"Ref": "AWS::NoValue"} else expression

    def _mapping(self, expression: Mapping[str, Any], path: Path) -> Any:
        name, argument = next(iter(expression.items())) if len(expression) == 1 else ("", None)
        match name:
            case "Ref":
                return self._ref(text_of(argument, (*path, name)), path)
            case "Fn::GetAtt":
                return self._attribute(argument, (*path, name))
        if name in FUNCTIONS:
            return FUNCTIONS[name](self, argument, (*path, name))
        if function := next((key for key in expression if key.startswith("Fn::")), None):
            raise TemplateError((*path, function), "This function is not supported here.")
        values = {key: self.value(item, (*path, key)) for key, item in expression.items()}
        return {key: value for key, value in values.items() if value is not ABSENT}

    def look_up(self, name: str, path: Path) -> Any:
        """What `Ref` of a name is, or `Fn::GetAtt` if there is a dot in it."""
        if "." in name:
            return self._attribute(name, path)
        return self._ref(name, path)

    def _ref(self, name: str, path: Path) -> Any:
        if name == "AWS::NoValue":
            return ABSENT
        if name in self._scope.values:
            return self._scope.values[name]
        if name in self._scope.lacking:
            raise TemplateError(path, self._scope.lacking[name])
        if name.startswith("AWS::"):
            raise TemplateError(path, f"There is no pseudo parameter {name!r}.")
        try:
            return self._resources.ref(name)
        except LackingError as error:
            raise TemplateError(path, str(error)) from None

    def _attribute(self, argument: Any, path: Path) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        match parts:
            case [str(logical_id), attribute]:
                name = self.text(attribute, path)
            case [str(logical_id), *names] if len(names) > 1 and all(isinstance(n, str) for n in names):
                name = ".".join(names)
            case _:
                raise TemplateError(path, "It must name a resource and an attribute.")
        try:
            return self._resources.attribute(logical_id, name)
        except LackingError as error:
            raise TemplateError(path, str(error)) from None

    def condition(self, name: str, path: Path) -> bool:
        """Whether a condition of the template holds."""
        if name not in self._scope.conditions:
            raise TemplateError(path, f"There is no condition {name!r}.")
        if name not in self._conditions:
            self._conditions[name] = None  # as long as it is being computed
            self._conditions[name] = self._holds(name)
        found = self._conditions[name]
        if found is None:
            raise TemplateError(("Conditions", name), "It depends on itself.")
        return found

    def _holds(self, name: str) -> bool:
        evaluator = Evaluator(self._scope)
        evaluator._conditions = self._conditions
        return holds(evaluator, self._scope.conditions[name], ("Conditions", name))

    def mapped(self, keys: tuple[str, str, str], path: Path) -> Any:
        """An entry of a mapping; `ABSENT` if there is none."""
        found: Any = self._scope.mappings
        for key in keys:
            found = found.get(key, ABSENT) if isinstance(found, dict) else ABSENT
        return found
