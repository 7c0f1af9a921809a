"""The invariants hold after every call of the other tests; here they are broken one by one."""

import json
from typing import Any

import pytest
from tests.support.control_calls import ControlCalls

from eventray_core.control.invariants import check_records
from eventray_core.control.records import Kind, Put, Remove


@pytest.fixture
def calls() -> ControlCalls:
    calls = ControlCalls()
    api_id = calls.new_api()
    calls.new_data_source(api_id)
    handler = {"behavior": "DIRECT", "integration": {"dataSourceName": "worker"}}
    calls.new_namespace(api_id, handlerConfigs={"onPublish": handler}, codeHandlers="x")
    calls.good("POST", f"/v1/apis/{api_id}/apikeys", {})
    calls.new_domain_name()
    calls.good("POST", "/v1/domainnames/events.example.com/apiassociation", {"apiId": api_id})
    calls.good("POST", "/eventray/stacks/demo", {"body": "", "expectedVersion": 0})
    return calls


def only(calls: ControlCalls, kind: Kind) -> Put:
    (put,) = [record.put() for record in calls.state.tables if record.kind is kind]
    return put


@pytest.mark.parametrize("kind", [Kind.API, Kind.DATA_SOURCE, Kind.DOMAIN_NAME])
def test_nothing_refers_to_what_is_not_there(calls: ControlCalls, kind: Kind) -> None:
    check_records(calls.state.tables)
    calls.state.apply([Remove(kind, only(calls, kind).key)])
    with pytest.raises(AssertionError):
        calls.state.check_invariants()


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        (Kind.API, {"namespaceVersion": 0}),
        (Kind.API, {"dnsId": None}),
        (Kind.CHANNEL_NAMESPACE, {"codeHash": "x"}),
        (Kind.CHANNEL_NAMESPACE, {"codeHandlers": "y"}),
        (Kind.CHANNEL_NAMESPACE, {"version": 9}),
        (Kind.CHANNEL_NAMESPACE, {"version": 0}),
        (
            Kind.CHANNEL_NAMESPACE,
            {"handlerConfigs": {"onPublish": {"behavior": "DIRECT", "integration": {"dataSourceName": ""}}}},
        ),
        (Kind.DATA_SOURCE, {"settings": {"type": "NONE"}}),
        (Kind.API_KEY, {"expires": 1}),
        (Kind.API_KEY, {"deletes": 3600}),
        (Kind.STACK, {"version": 0}),
    ],
)
def test_records_that_cannot_be(calls: ControlCalls, kind: Kind, members: dict[str, Any]) -> None:
    put = only(calls, kind)
    body = json.loads(put.body)
    if members.get("dnsId", "") is None:
        members = {"dnsId": body["apiId"]}
    calls.state.apply([Put(kind, put.key, json.dumps({**body, **members}).encode())])
    with pytest.raises(AssertionError):
        calls.state.check_invariants()
