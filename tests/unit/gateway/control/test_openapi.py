"""The document says what the operations take and give."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from eventray_core.control.operations import OPERATIONS, Operation
from eventray_gateway.control.openapi import document


def described(operation: Operation) -> Any:
    path = operation.path.replace("+}", "}")
    return document()["paths"][path][operation.method.lower()]


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_with_all_parameters_of_its_path(operation: Operation) -> None:
    found = described(operation)
    assert found["operationId"] == operation.name
    in_path = {p["name"] for p in found["parameters"] if p["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\+?\}", operation.path))
    assert all(p["required"] for p in found["parameters"] if p["in"] == "path")
    assert ("requestBody" in found) == (operation.method == "POST")


def test_what_it_refers_to_is_in_it_and_it_is_json() -> None:
    whole = json.loads(json.dumps(document()))
    for reference in set(references(whole)):
        part = whole
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


def test_a_shape_with_its_limits() -> None:
    shapes = document()["components"]["schemas"]
    assert shapes["ApiName"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 50,
        "pattern": r"^(?:[A-Za-z0-9_\-\ ]+)$",
    }
    assert shapes["Timestamp"] == {"type": "number"}
    assert "API_KEY" in shapes["AuthenticationType"]["enum"]
    assert shapes["AuthProvider"]["required"] == ["authType"]
    assert "Resolver" not in shapes, "only what the operations have to do with"
    assert shapes["TagMap"]["additionalProperties"] == {"$ref": "#/components/schemas/TagValue"}


def test_parameters_of_the_query() -> None:
    [list_apis] = [operation for operation in OPERATIONS if operation.name == "ListApis"]
    found = described(list_apis)["parameters"]
    assert {(p["name"], p["in"], p["required"]) for p in found} == {
        ("nextToken", "query", False),
        ("maxResults", "query", False),
    }
    [most] = [p["schema"] for p in found if p["name"] == "maxResults"]
    assert most == {"type": "integer", "format": "int32", "minimum": 0, "maximum": 25}
    [untag] = [operation for operation in OPERATIONS if operation.name == "UntagResource"]
    assert ("tagKeys", "query", True) in {
        (p["name"], p["in"], p["required"]) for p in described(untag)["parameters"]
    }
