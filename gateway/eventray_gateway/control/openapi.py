"""The management API as an OpenAPI document, for people's tools and for those that try what it does not bear.

Which operations there are is said by EventRay's own table. What AWS's operations take and give is said by
AWS's own description of the service, which comes with botocore, so the document cannot differ from it.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any

from botocore.loaders import Loader

from eventray_core.control.operations import OPERATIONS, Operation

Schema = dict[str, Any]
Model = Mapping[str, Any]

_SIMPLE: Mapping[str, Schema] = {
    "string": {"type": "string"},
    "blob": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "timestamp": {"type": "number"},
}
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
    "integer": ("minimum", "maximum"),
    "long": ("minimum", "maximum"),
}
_ERROR: Schema = {
    "type": "object",
    "required": ["message", "__type"],
    "properties": {"message": {"type": "string"}, "__type": {"type": "string"}},
}
_SECURITY = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "AWS Signature Version 4",
}
_SERVICE = "appsync"


@functools.cache
def document() -> dict[str, Any]:
    """The document; made once, which takes some 50 ms."""
    model = Loader().load_service_model(_SERVICE, "service-2")
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        path = operation.path.replace("+}", "}")
        paths.setdefault(path, {})[operation.method.lower()] = _describe(operation, model)
    schemas = {name: _schema(model["shapes"][name]) for name in _reachable(paths, model)}
    return {
        "openapi": "3.0.3",
        "info": {"title": "EventRay's management API", "version": model["metadata"]["apiVersion"]},
        "security": [{"signature": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Error": _ERROR},
            "securitySchemes": {"signature": _SECURITY},
            "responses": {"Error": {"description": "What is wrong", **_json({"$ref": _ref("Error")})}},
        },
    }


def _reachable(paths: Any, model: Model) -> list[str]:
    """The shapes that the operations have to do with, directly or by way of others."""
    found: dict[str, None] = {}
    waiting = _referred(paths)
    while waiting:
        name = waiting.pop()
        if name in model["shapes"] and name not in found:
            found[name] = None
            waiting += _referred(_schema(model["shapes"][name]))
    return sorted(found)


def _referred(part: Any) -> list[str]:
    if isinstance(part, list):
        return [name for item in part for name in _referred(item)]
    if not isinstance(part, dict):
        return []
    own = part.get("$ref")
    below = [name for item in part.values() for name in _referred(item)]
    return [own.rpartition("/")[2], *below] if isinstance(own, str) else below


def _describe(operation: Operation, model: Model) -> dict[str, Any]:
    described = model["operations"].get(operation.name) if operation.service == _SERVICE else None
    if described is None:
        described = {}
    taken = model["shapes"].get(described.get("input", {}).get("shape"), _unknown(operation))
    output = described.get("output", {}).get("shape")
    given: Schema = {"$ref": _ref(output)} if output else {"type": "object"}
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.service],
        "parameters": [
            _parameter(operation, member, name in taken.get("required", ()), model)
            for name, member in _placed(taken)
        ],
        "responses": {
            "200": {"description": "Done", **_json(given)},
            "default": {"$ref": "#/components/responses/Error"},
        },
    }
    if operation.method == "POST":
        found["requestBody"] = {"required": True, **_json(_body(taken))}
    return found


def _unknown(operation: Operation) -> Model:
    """An operation that is not AWS's: its path says what it takes, besides some JSON object."""
    names = re.findall(r"\{(\w+)\+?\}", operation.path)
    return {"members": {name: {"location": "uri", "locationName": name} for name in names}, "required": names}


def _placed(taken: Model) -> list[tuple[str, Model]]:
    return [(name, member) for name, member in taken["members"].items() if "location" in member]


def _parameter(operation: Operation, member: Model, required: bool, model: Model) -> dict[str, Any]:
    """Where a parameter may have slashes its pattern is left out: tools expect none in a path's parameter."""
    name, is_in_path = member["locationName"], member["location"] == "uri"
    shape = model["shapes"].get(member.get("shape"))
    is_plain = shape is None or f"{{{name}+}}" in operation.path
    return {
        "name": name,
        "in": "path" if is_in_path else "query",
        "required": is_in_path or required,
        "schema": {"type": "string", "minLength": 1} if is_plain else _schema(shape),
    }


def _body(taken: Model) -> Schema:
    """What is not in the path or the query."""
    members = {name: member for name, member in taken["members"].items() if "location" not in member}
    return _structure(members, [name for name in taken.get("required", ()) if name in members])


def _structure(members: Mapping[str, Model], required: list[str]) -> Schema:
    properties = {name: {"$ref": _ref(member["shape"])} for name, member in members.items()}
    found: Schema = {"type": "object", "properties": properties}
    return {**found, "required": required} if required else found


def _schema(shape: Model) -> Schema:
    kind = shape["type"]
    match kind:
        case "structure":
            return _structure(shape["members"], list(shape.get("required", ())))
        case "list":
            found: Schema = {"type": "array", "items": {"$ref": _ref(shape["member"]["shape"])}}
        case "map":
            found = {"type": "object", "additionalProperties": {"$ref": _ref(shape["value"]["shape"])}}
        case _:
            found = dict(_SIMPLE[kind])
    return {**found, **_limits(shape)}


def _limits(shape: Model) -> Schema:
    bounds = _BOUNDS.get(shape["type"], ())
    found: Schema = {
        name: shape[key] for name, key in zip(bounds, ("min", "max"), strict=False) if key in shape
    }
    if "enum" in shape:
        found["enum"] = list(shape["enum"])
    if "pattern" in shape:
        # AWS's patterns are about the whole text.
        found["pattern"] = f"^(?:{shape['pattern']})$"
    return found


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"


def _json(schema: Schema) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}
