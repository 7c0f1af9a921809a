"""Whatever comes to the management API is answered, and never as a fault of the server's."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from eventray_core.control.operations import OPERATIONS
from tests.support.botocore_shapes import MadeUp, requests
from tests.support.management import EVENT_CONFIG
from tests.support.rig import Rig, running
from tests.support.signed_http import SignedHttp

pytestmark = pytest.mark.asyncio(loop_scope="module")

KNOWN: dict[str, list[str]] = {
    "name": ["news", "worker"],
    "userName": ["ann"],
    "domainName": ["e.example.com"],
}
"""Names of things that are there, by the parameter that names them; filled by the fixture."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory, database: str | None) -> AsyncIterator[SignedHttp]:
    folder = tmp_path_factory.mktemp("data")
    async with running(folder, gateways=1, database=database) as rig, SignedHttp(rig) as http:
        await _make_things(rig, http)
        yield http


async def _make_things(rig: Rig, http: SignedHttp) -> None:
    made = await http.post("/v2/apis", {"name": "made", "eventConfig": EVENT_CONFIG, "tags": {"a": "b"}})
    api_id = made["api"]["apiId"]
    await http.post(f"/v2/apis/{api_id}/channelNamespaces", {"name": "news"})
    await http.post(f"/v1/apis/{api_id}/datasources", {"name": "worker", "type": "NONE"})
    key = (await http.post(f"/v1/apis/{api_id}/apikeys", {}))["apiKey"]["id"]
    await http.post("/eventray/iam/users", {"userName": "ann"})
    KNOWN.update({"apiId": [api_id, rig.api_id], "id": [key], "resourceArn": [made["api"]["apiArn"]]})


any_request: st.SearchStrategy[MadeUp] = st.sampled_from(
    [operation for operation in OPERATIONS if operation.name != "DeleteApi"]
).flatmap(lambda operation: requests(operation, KNOWN))


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(made_up=any_request)
async def test_made_up_requests(http: SignedHttp, made_up: MadeUp) -> None:
    answer = await http.ask(made_up.method, made_up.target, made_up.body)
    event(f"{made_up.operation} {answer.status_code}")
    assert answer.status_code < 500, (made_up, answer.text)
    assert isinstance(json.loads(answer.content), dict)
    if answer.status_code != 200:
        assert answer.json()["__type"] == answer.headers["x-amzn-errortype"]


async def test_it_serves_as_before(http: SignedHttp) -> None:
    """Runs after the other one: what it made and changed is all of the right form."""
    apis: Any = await http.get("/v2/apis")
    assert apis["apis"]
    paths = [f"/v2/apis/{api['apiId']}/channelNamespaces" for api in apis["apis"]]
    answers = await asyncio.gather(*(http.get(path) for path in paths))
    assert all("channelNamespaces" in answer for answer in answers)
