"""A template's sections, checked for their form; expressions are still as they were written."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from eventray_cluster.templates.errors import Path, TemplateError

T = TypeVar("T")

KEEPING = ("Retain", "RetainExceptOnCreate", "Snapshot")
"""Deletion policies under which the thing outlives its place in the template."""

KNOWN_TRANSFORMS = ("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions")
"""Those under which the resources that EventRay deploys mean what they say."""

SECTIONS = (
    "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions",
    "Transform", "Globals", "Resources", "Outputs", "Hooks",
)  # fmt: skip

LIMITS = ("MinLength", "MaxLength", "MinValue", "MaxValue")
"""Rules of a parameter that are numbers."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What is to be given when the template is deployed."""

    name: str
    type: str
    default: str | None = None
    secret: bool = False
    """`NoEcho`: it is not kept with the stack and not shown."""
    allowed: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    """`AllowedPattern`, `MinLength`, `MaxLength`, `MinValue`, `MaxValue`, `ConstraintDescription`."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource; its properties hold expressions."""

    logical_id: str
    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    keep: bool = False
    """It is left on the server when it leaves the template."""
    keep_replaced: bool = False
    """The old one is left on the server when it is replaced."""

    @property
    def path(self) -> Path:
        """Where its properties are."""
        return ("Resources", self.logical_id, "Properties")


@dataclass(frozen=True, slots=True)
class Output:
    """One value to show after a deployment."""

    name: str
    value: Any
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """All of it; made by `template_of`."""

    parameters: Mapping[str, Parameter]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Output]


def template_of(sections: Mapping[str, Any]) -> Template:
    """Check the sections of what `read_template` read; raises `TemplateError`."""
    for name in sections:
        if name not in SECTIONS:
            raise TemplateError((name,), "There is no such section in templates.")
    _check_transforms(sections)
    return Template(
        _each(sections, "Parameters", _parameter),
        _mapping(sections, "Mappings"),
        _mapping(sections, "Conditions"),
        _each(sections, "Resources", _resource, required=True),
        _each(sections, "Outputs", _output),
    )


def _check_transforms(sections: Mapping[str, Any]) -> None:
    for transform in texts(sections.get("Transform", []), ("Transform",)):
        if transform not in KNOWN_TRANSFORMS:
            raise TemplateError(("Transform",), f"{transform} runs in AWS only; deploy what it makes.")


def _mapping(sections: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = sections.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise TemplateError((name,), "It must be a mapping.")
    return section


def _each(
    sections: Mapping[str, Any],
    name: str,
    make: Callable[[str, Mapping[str, Any]], T],
    required: bool = False,
) -> dict[str, T]:
    section = _mapping(sections, name)
    if required and not section:
        raise TemplateError((name,), "The template has no resources.")
    for key, entry in section.items():
        if key.startswith("Fn::"):
            raise TemplateError((name, key), "This function is not supported.")
        if not isinstance(entry, dict):
            raise TemplateError((name, key), "It must be a mapping.")
    return {key: make(key, entry) for key, entry in section.items()}


def _parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    path = ("Parameters", name)
    default = entry.get("Default")
    for rule in LIMITS:
        if rule in entry and not re.fullmatch(r"-?\d+(\.\d+)?", text(entry[rule], (*path, rule))):
            raise TemplateError((*path, rule), "It must be a number.")
    rules = (*LIMITS, "AllowedPattern", "ConstraintDescription")
    return Parameter(
        name,
        text(entry.get("Type"), (*path, "Type")),
        None if default is None else text(default, (*path, "Default")),
        str(entry.get("NoEcho", "")).lower() == "true",
        texts(entry.get("AllowedValues", []), (*path, "AllowedValues")),
        {rule: text(entry[rule], (*path, rule)) for rule in rules if rule in entry},
    )


def _resource(logical_id: str, entry: Mapping[str, Any]) -> Resource:
    path = ("Resources", logical_id)
    properties = entry.get("Properties")
    if not isinstance(properties, dict | None):
        raise TemplateError((*path, "Properties"), "It must be a mapping.")
    return Resource(
        logical_id,
        text(entry.get("Type"), (*path, "Type")),
        properties or {},
        texts(entry.get("DependsOn", []), (*path, "DependsOn")),
        _optional_text(entry, "Condition", path),
        _optional_text(entry, "DeletionPolicy", path) in KEEPING,
        _optional_text(entry, "UpdateReplacePolicy", path) in KEEPING,
    )


def _output(name: str, entry: Mapping[str, Any]) -> Output:
    path = ("Outputs", name)
    if entry.get("Value") is None:
        raise TemplateError((*path, "Value"), "An output needs a value.")
    return Output(name, entry["Value"], _optional_text(entry, "Condition", path))


def _optional_text(entry: Mapping[str, Any], key: str, path: Path) -> str | None:
    return None if entry.get(key) is None else text(entry[key], (*path, key))


def text(value: Any, path: Path) -> str:
    """The value, which must be a text; raises `TemplateError`."""
    if not isinstance(value, str):
        raise TemplateError(path, "It must be a text.")
    return value


def texts(value: Any, path: Path) -> tuple[str, ...]:
    """One text or a list of them; raises `TemplateError`."""
    values = value if isinstance(value, list) else [value]
    return tuple(text(item, path) for item in values)
