"""What AWS publishes about AppSync's operations, as a measure for requests and answers."""

from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.validate import ParamValidator
from hypothesis import strategies as st

MODEL: Any = botocore.session.get_session().get_service_model("appsync")

_BIG = 2**70

JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-_BIG, _BIG) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
"""JSON that nobody asked for."""

TEXTS = st.sampled_from(
    [
        "",
        "x",
        "demo",
        "default",
        "worker",
        "a-b",
        "https://x.example.com",
        "arn:aws:x",
        "x" * 51,
        "x" * 600,
        "é\n",
    ]
)


def is_known(operation: str) -> bool:
    """Whether the operation is one of AWS's."""
    return operation in MODEL.operation_names


def check_answer(operation: str, members: Any) -> None:
    """Raise unless an answer has nothing but what the SDKs know, in their types."""
    report = ParamValidator().validate(members, MODEL.operation_model(operation).output_shape)
    assert not report.has_errors(), f"{operation}: {report.generate_report()}"


def check_error(operation: str, error: str) -> None:
    """Raise unless the SDKs have an exception for that error of the operation."""
    known = {shape.name for shape in MODEL.operation_model(operation).error_shapes}
    assert error in known, f"{operation} has no {error}"


def bodies(operation: str) -> st.SearchStrategy[Any]:
    """Bodies of an operation's requests: mostly good, with something wrong anywhere now and then."""
    shape = MODEL.operation_model(operation).input_shape
    in_body = {
        name: member for name, member in shape.members.items() if "location" not in member.serialization
    }
    return _sometimes_junk(_members(in_body, shape.required_members))


def _sometimes_junk(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 39).flatmap(lambda dice: JUNK if dice == 39 else good)


def _members(members: Mapping[str, Any], required: list[str]) -> st.SearchStrategy[Any]:
    strategies = {name: _sometimes_junk(_values(member)) for name, member in members.items()}
    needed = {name: strategy for name, strategy in strategies.items() if name in required}
    optional = {name: strategy for name, strategy in strategies.items() if name not in required}
    return st.fixed_dictionaries(needed, optional=optional)


def _values(shape: Any) -> st.SearchStrategy[Any]:
    match shape.type_name:
        case "structure":
            return st.deferred(lambda: _members(shape.members, shape.required_members))
        case "list":
            return st.lists(_sometimes_junk(_values(shape.member)), max_size=3)
        case "map":
            return st.dictionaries(TEXTS, _sometimes_junk(_values(shape.value)), max_size=3)
        case "string":
            return st.sampled_from(shape.enum) if shape.enum else TEXTS | st.text(max_size=5)
        case "boolean":
            return st.booleans()
        case _:
            return st.integers(-1, 10) | st.integers(-_BIG, _BIG)
