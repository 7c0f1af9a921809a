from typing import Any

import pytest
from tests.support.control_calls import ControlCalls


def handler(behavior: str = "CODE", source: str | None = "worker", **integration: Any) -> dict[str, Any]:
    return {"behavior": behavior, "integration": {"dataSourceName": source, **integration}}


CODE, DIRECT, BLANK = handler(), handler("DIRECT"), handler(source="")

GOOD: dict[str, dict[str, Any]] = {
    "none": {"handlerConfigs": {}},
    "without data source": {"handlerConfigs": {"onPublish": BLANK, "onSubscribe": BLANK}},
    "code for one": {"handlerConfigs": {"onPublish": CODE}, "codeHandlers": "x"},
    "code without code": {"handlerConfigs": {"onPublish": CODE}},
    "direct for both": {"handlerConfigs": {"onPublish": DIRECT, "onSubscribe": DIRECT}},
    "direct and code": {"handlerConfigs": {"onPublish": DIRECT, "onSubscribe": CODE}, "codeHandlers": "x"},
    "direct for one and code for nothing": {"handlerConfigs": {"onPublish": DIRECT}, "codeHandlers": "x"},
    "event": {"handlerConfigs": {"onPublish": handler("DIRECT", lambdaConfig={"invokeType": "EVENT"})}},
    "lambda without type": {"handlerConfigs": {"onPublish": handler("DIRECT", lambdaConfig={})}},
    "type with code": {
        "handlerConfigs": {"onPublish": handler(lambdaConfig={"invokeType": "REQUEST_RESPONSE"})}
    },
    "code for any type": {"handlerConfigs": {"onPublish": handler(source="table")}},
}

BAD: dict[str, dict[str, Any]] = {
    "code beside two direct ones": {
        "handlerConfigs": {"onPublish": DIRECT, "onSubscribe": DIRECT},
        "codeHandlers": "x",
    },
    "missing source": {"handlerConfigs": {"onSubscribe": handler(source="none")}},
    "direct without source": {"handlerConfigs": {"onPublish": handler("DIRECT", "")}},
    "direct to a table": {"handlerConfigs": {"onPublish": handler("DIRECT", "table")}},
    "no behavior": {"handlerConfigs": {"onPublish": {"integration": {"dataSourceName": ""}}}},
    "unknown behavior": {"handlerConfigs": {"onPublish": handler("INDIRECT")}},
    "no integration": {"handlerConfigs": {"onPublish": {"behavior": "CODE"}}},
    "no name": {"handlerConfigs": {"onPublish": handler(source=None)}},
    "unknown type": {"handlerConfigs": {"onPublish": handler("DIRECT", lambdaConfig={"invokeType": "X"})}},
    "text": {"handlerConfigs": "x"},
    "list": {"handlerConfigs": {"onPublish": [CODE]}},
}


@pytest.fixture
def calls() -> ControlCalls:
    calls = ControlCalls()
    api_id = calls.new_api()
    calls.new_data_source(api_id)
    table = {
        "name": "table",
        "type": "AMAZON_DYNAMODB",
        "dynamodbConfig": {"tableName": "t", "awsRegion": "r"},
    }
    calls.good("POST", f"/v1/apis/{api_id}/datasources", table)
    return calls


def api_of(calls: ControlCalls) -> str:
    return calls.state.projections()[0].api_id


@pytest.mark.parametrize("members", GOOD.values(), ids=GOOD)
def test_good_handlers_come_back_as_they_were_sent(calls: ControlCalls, members: dict[str, Any]) -> None:
    api_id = api_of(calls)
    namespace = calls.new_namespace(api_id, **members)
    assert namespace["handlerConfigs"] == members["handlerConfigs"]
    calls.new_namespace(api_id, "other")
    path = f"/v2/apis/{api_id}/channelNamespaces/other"
    assert (
        calls.good("POST", path, members)["channelNamespace"]["handlerConfigs"] == members["handlerConfigs"]
    )


@pytest.mark.parametrize("members", BAD.values(), ids=BAD)
def test_bad_handlers_are_refused(calls: ControlCalls, members: dict[str, Any]) -> None:
    api_id = api_of(calls)
    calls.new_namespace(api_id)
    many = f"/v2/apis/{api_id}/channelNamespaces"
    assert calls.refused("POST", many, {"name": "x", **members}) == "BadRequestException"
    assert calls.refused("POST", f"{many}/default", members) == "BadRequestException"


def test_a_data_source_of_another_api_is_none(calls: ControlCalls) -> None:
    other = calls.new_api()
    body = {"name": "x", "handlerConfigs": {"onPublish": CODE}}
    assert calls.refused("POST", f"/v2/apis/{other}/channelNamespaces", body) == "BadRequestException"


def test_the_data_plane_gets_the_handlers(calls: ControlCalls) -> None:
    api_id = api_of(calls)
    calls.new_namespace(api_id, handlerConfigs={"onPublish": DIRECT, "onSubscribe": BLANK})
    projection = calls.state.projection(api_id)
    assert projection
    namespace = projection.namespaces["default"]
    assert namespace.on_publish
    assert namespace.on_subscribe
    assert (namespace.on_publish.data_source, namespace.on_subscribe.data_source) == ("worker", None)
