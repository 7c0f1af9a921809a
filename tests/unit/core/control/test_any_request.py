"""Requests that AWS's model allows, and damaged ones: each has an answer that the SDKs understand."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import aws_model
from tests.support.aws_model import JUNK
from tests.support.control_calls import Reply
from tests.support.control_requests import ARNS, BODIES, QUERIES, REFUSED, FurnishedControl, path_of

from eventray_core.control.calls import Call
from eventray_core.control.operations import OPERATIONS, Operation

QUERY_NAMES = st.sampled_from(["nextToken", "maxResults", "tagKeys", "expectedVersion"])

Query = list[tuple[str, str]]

FURNISHED = [operation for operation in OPERATIONS if operation.service != "iam"]
"""Operations for which there is something; users are not among what a furnished control plane has."""

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=[o.name for o in OPERATIONS])


def rarely(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 9)) == 9


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where something can be changed in a JSON value: the container and the key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


@st.composite
def damaged(draw: st.DrawFn, good: dict[str, Any]) -> Any:
    """The good body with something taken out, put in, repeated or replaced."""
    body: Any = copy.deepcopy(good)
    for _ in range(draw(st.integers(0, 2))):
        spots = list(places(body))
        if not spots:
            return draw(JUNK)
        container, key = draw(st.sampled_from(spots))
        match draw(st.sampled_from(["remove", "replace", "text", "repeat"])):
            case "remove" if isinstance(container, dict):
                del container[key]
            case "text":
                container[key] = draw(aws_model.TEXTS)
            case "repeat" if isinstance(container, list):
                container.extend(container * draw(st.sampled_from([1, 60])))
            case _:
                container[key] = draw(JUNK)
    return body


@st.composite
def requests(draw: st.DrawFn, operation: Operation) -> tuple[dict[str, str], bytes, Query]:
    path = path_of(operation, draw(st.sampled_from(ARNS)))
    path = {name: draw(st.text(max_size=5)) if rarely(draw) else value for name, value in path.items()}
    query = list(QUERIES.get(operation.name, []))
    if rarely(draw):
        query = draw(st.lists(st.tuples(QUERY_NAMES, st.text(max_size=6)), max_size=2))
    if rarely(draw):
        return path, draw(st.binary(max_size=6)), query
    bodies = damaged(BODIES.get(operation.name, {}))
    if aws_model.is_known(operation.name):
        bodies = bodies | aws_model.bodies(operation.name)
    return path, json.dumps(draw(bodies)).encode(), query


def ask(operation: Operation, path: dict[str, str], body: bytes, query: Query) -> Reply:
    control = FurnishedControl()
    path = {name: control.named(value) for name, value in path.items()}
    body = control.named(body.decode("latin-1")).encode("latin-1")
    reply = control.calls.execute(Call(operation=operation.name, path=path, query=tuple(query), body=body))
    assert reply.status < 500
    if reply.error is not None:
        assert not control.calls.executed.changes
        assert reply.message
    return reply


@pytest.mark.parametrize("operation", FURNISHED, ids=[o.name for o in FURNISHED])
def test_a_good_request_is_good(operation: Operation) -> None:
    body = json.dumps(BODIES.get(operation.name, {})).encode()
    for arn in ARNS:
        reply = ask(operation, path_of(operation, arn), body, QUERIES.get(operation.name, []))
        expected = REFUSED.get(operation.name)
        assert (expected in reply.message) if expected else reply.error is None, reply


@each_operation
def test_every_request_has_an_answer(operation: Operation) -> None:
    @settings(max_examples=30, deadline=None, derandomize=True)
    @given(requests(operation))
    def answered(request: tuple[dict[str, str], bytes, Query]) -> None:
        ask(operation, *request)

    answered()


@pytest.mark.long
@each_operation
def test_every_one_of_many_requests_has_an_answer(operation: Operation) -> None:
    @settings(max_examples=300, deadline=None)
    @given(requests(operation))
    def answered(request: tuple[dict[str, str], bytes, Query]) -> None:
        ask(operation, *request)

    answered()
