"""CloudFormation's properties as members of an AppSync request, by the shapes of the service model."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from eventray_cluster.templates.errors import Path, TemplateError

OTHER_PLACE = "{{resolve:"
"""How a template refers to a value that AWS keeps, in its parameter store or as a secret."""

LARGEST = 2**63 - 1

_BOOLEANS = {"true": True, "false": False}


def request_of(shape: Any, properties: Mapping[str, Any], path: Path, names: Mapping[str, str]) -> Any:
    """A request of that shape (botocore's): `names` and the properties it has members for.

    Raises `TemplateError`, also for a property that is lacking.
    """
    members = {name.lower() for name in shape.members}
    mine = {key: value for key, value in properties.items() if key.lower() in members}
    return {**_structure(shape, mine, path, frozenset(names)), **names}


def to_members(shape: Any, value: Any, path: Path) -> Any:
    """The value of a member of that shape (botocore's); raises `TemplateError`."""
    convert = _CONVERSIONS.get(shape.type_name)
    if convert is None:
        raise TemplateError(path, f"EventRay cannot convert values of the kind {shape.type_name}.")
    return convert(shape, value, path)


def _structure(shape: Any, value: Any, path: Path, given: frozenset[str] = frozenset()) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TemplateError(path, "It must be a mapping.")
    names = {name.lower(): name for name in shape.members}
    found = {}
    for key, item in value.items():
        member = names.get(key.lower())
        if member is None:
            raise TemplateError((*path, key), "There is no such property.")
        found[member] = to_members(shape.members[member], item, (*path, key))
    for member in shape.required_members:
        if member not in found and member not in given:
            raise TemplateError(path, f"It lacks the property {property_name(member)}.")
    return found


def property_name(member: str) -> str:
    """A member's name as templates have it."""
    return {"dynamodbConfig": "DynamoDBConfig"}.get(member, member[:1].upper() + member[1:])


def _list(shape: Any, value: Any, path: Path) -> list[Any]:
    if not isinstance(value, list):
        raise TemplateError(path, "It must be a list.")
    return [to_members(shape.member, item, (*path, str(n))) for n, item in enumerate(value)]


def _map(shape: Any, value: Any, path: Path) -> dict[str, Any]:
    return tags_of(value, path)


def tags_of(value: Any, path: Path) -> dict[str, str]:
    """CloudFormation's list of `{Key, Value}` as a mapping."""
    pairs = value if isinstance(value, list) else None
    if pairs is None or not all(isinstance(pair, dict) and set(pair) == {"Key", "Value"} for pair in pairs):
        raise TemplateError(path, "It must be a list of mappings with Key and Value.")
    return {_string(None, pair["Key"], path): _string(None, pair["Value"], path) for pair in pairs}


def _string(_shape: Any, value: Any, path: Path) -> str:
    if not isinstance(value, str):
        raise TemplateError(path, "It must be a text.")
    if OTHER_PLACE in value:
        raise TemplateError(path, "It refers to a value that AWS keeps; make it a parameter and give it.")
    return value


def _integer(_shape: Any, value: Any, path: Path) -> int:
    """Also `1e3` and `5.0`, as programs write whole numbers into JSON."""
    try:
        number = Decimal(value)
        whole = int(number) if abs(number) <= LARGEST else None
    except (TypeError, ValueError, ArithmeticError):
        whole = None
    if whole is None or whole != number:
        raise TemplateError(path, "It must be a whole number.")
    return whole


def _boolean(_shape: Any, value: Any, path: Path) -> bool:
    found = _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise TemplateError(path, "It must be true or false.")
    return found


_CONVERSIONS: Mapping[str, Callable[[Any, Any, Path], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "list": _list,
    "long": _integer,
    "map": _map,
    "string": _string,
    "structure": _structure,
}
