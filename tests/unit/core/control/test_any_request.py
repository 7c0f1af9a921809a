"""Requests made from AWS's model and then damaged: every one has an answer that the SDKs understand."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import aws_model
from tests.support.aws_model import JUNK
from tests.support.control_calls import ControlCalls

from eventray_core.control.calls import Call
from eventray_core.control.operations import OPERATIONS, Operation

QUERIES = st.lists(
    st.tuples(
        st.sampled_from(["nextToken", "maxResults", "tagKeys", "expectedVersion", "x"]), st.text(max_size=6)
    ),
    max_size=2,
)
ACCOUNT = "arn:aws:appsync:us-east-1:000000000000"


def furnished() -> tuple[ControlCalls, str, str]:
    """A control plane with one of most things, its API's id and a key."""
    calls = ControlCalls()
    api_id = calls.new_api()
    calls.new_data_source(api_id)
    handler = {"behavior": "DIRECT", "integration": {"dataSourceName": "worker"}}
    calls.new_namespace(api_id, handlerConfigs={"onSubscribe": handler})
    calls.new_domain_name()
    calls.good("POST", "/eventray/stacks/demo", {"body": "", "expectedVersion": 0})
    key = calls.good("POST", f"/v1/apis/{api_id}/apikeys", {})["apiKey"]["id"]
    return calls, api_id, key


@st.composite
def requests(draw: st.DrawFn, operation: Operation) -> tuple[dict[str, str], Any, Any]:
    """Path parameters (`API` and `KEY` stand for real ones), a body and a query."""
    some = {
        "apiId": ["API"] * 5 + ["nosuch"],
        "name": ["default", "worker", "demo", "nosuch"],
        "id": ["KEY", "nosuch"],
        "domainName": ["events.example.com", "nosuch.example.com"],
        "certificateId": ["nosuch"],
        "resourceArn": [
            f"{ACCOUNT}:apis/API",
            f"{ACCOUNT}:apis/API/channelNamespace/default",
            f"{ACCOUNT}:domainnames/events.example.com",
            f"{ACCOUNT}:apis/",
        ],
    }
    names = [part.strip("{+}") for part in operation.path.split("/") if part.startswith("{")]
    path = {name: draw(st.sampled_from(some.get(name, ["nosuch"])) | st.text(max_size=5)) for name in names}
    bodies = aws_model.bodies(operation.name) if aws_model.is_known(operation.name) else JUNK
    raw = st.binary(max_size=6) if draw(st.integers(0, 19)) == 0 else bodies
    return path, draw(raw), draw(QUERIES)


@pytest.mark.parametrize("operation", OPERATIONS, ids=[o.name for o in OPERATIONS])
def test_every_request_has_an_answer(operation: Operation) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(requests(operation))
    def answered(request: tuple[dict[str, str], Any, Any]) -> None:
        path, body, query = request
        calls, api_id, key = furnished()
        path = {name: value.replace("API", api_id).replace("KEY", key) for name, value in path.items()}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = calls.execute(Call(operation=operation.name, path=path, query=tuple(query), body=raw))
        assert reply.status < 500
        if reply.error is not None:
            assert not calls.executed.changes
            assert reply.message

    answered()
