from typing import Any

import pytest
from tests.support.control_calls import ControlCalls

from eventray_core.control.facts import Facts, Quotas

FUNCTION = {"lambdaFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:worker"}
SEARCH = {"endpoint": "https://search.example.com", "awsRegion": "us-east-1"}

CONFIGS: dict[str, dict[str, Any]] = {
    "AWS_LAMBDA": {"lambdaConfig": FUNCTION},
    "AMAZON_DYNAMODB": {
        "dynamodbConfig": {
            "tableName": "t",
            "awsRegion": "us-east-1",
            "useCallerCredentials": False,
            "versioned": True,
            "deltaSyncConfig": {"baseTableTTL": 1, "deltaSyncTableName": "d", "deltaSyncTableTTL": 2},
        }
    },
    "HTTP": {
        "httpConfig": {
            "endpoint": "https://x.example.com/path",
            "authorizationConfig": {
                "authorizationType": "AWS_IAM",
                "awsIamConfig": {"signingRegion": "us-east-1", "signingServiceName": "s"},
            },
        }
    },
    "AMAZON_EVENTBRIDGE": {"eventBridgeConfig": {"eventBusArn": "arn:b"}},
    "AMAZON_OPENSEARCH_SERVICE": {"openSearchServiceConfig": SEARCH},
    "AMAZON_ELASTICSEARCH": {"elasticsearchConfig": SEARCH},
    "RELATIONAL_DATABASE": {
        "relationalDatabaseConfig": {
            "relationalDatabaseSourceType": "RDS_HTTP_ENDPOINT",
            "rdsHttpEndpointConfig": {
                "awsRegion": "us-east-1",
                "dbClusterIdentifier": "c",
                "databaseName": "d",
                "schema": "s",
                "awsSecretStoreArn": "arn:s",
            },
        }
    },
    "AMAZON_BEDROCK_RUNTIME": {},
    "NONE": {},
}

MINIMAL: list[dict[str, Any]] = [
    {
        "type": "AMAZON_DYNAMODB",
        "dynamodbConfig": {"tableName": "t", "awsRegion": "r", "deltaSyncConfig": {}},
    },
    {"type": "HTTP", "httpConfig": {"endpoint": "http://localhost:9000"}},
    {"type": "RELATIONAL_DATABASE", "relationalDatabaseConfig": {}},
]

BAD: list[dict[str, Any]] = [
    {},
    {"type": "X"},
    {"type": None},
    *({"type": kind} for kind, config in CONFIGS.items() if config),
    {"type": "NONE", "lambdaConfig": FUNCTION},
    {"type": "AWS_LAMBDA", "lambdaConfig": FUNCTION, "elasticsearchConfig": SEARCH},
    {"type": "AWS_LAMBDA", "lambdaConfig": {}},
    {"type": "AWS_LAMBDA", "lambdaConfig": {"lambdaFunctionArn": ""}},
    {"type": "AWS_LAMBDA", "lambdaConfig": FUNCTION, "metricsConfig": "SOME"},
    {"type": "AWS_LAMBDA", "lambdaConfig": FUNCTION, "description": 1},
    {"type": "HTTP", "httpConfig": {"endpoint": "ftp://x"}},
    {"type": "HTTP", "httpConfig": {"endpoint": "https://x", "authorizationConfig": {}}},
    {
        "type": "HTTP",
        "httpConfig": {"endpoint": "https://x", "authorizationConfig": {"authorizationType": "X"}},
    },
    {"type": "AMAZON_DYNAMODB", "dynamodbConfig": {"tableName": "t"}},
    {"type": "AMAZON_DYNAMODB", "dynamodbConfig": {"tableName": "t", "awsRegion": "r", "versioned": "yes"}},
    {"type": "RELATIONAL_DATABASE", "relationalDatabaseConfig": {"relationalDatabaseSourceType": "X"}},
]


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def sources_path(api_id: str, name: str | None = None) -> str:
    return f"/v1/apis/{api_id}/datasources" + (f"/{name}" if name else "")


def with_handler(source: str, behavior: str = "CODE") -> dict[str, Any]:
    return {"onSubscribe": {"behavior": behavior, "integration": {"dataSourceName": source}}}


@pytest.mark.parametrize(
    "members", [*({"type": kind, **config} for kind, config in CONFIGS.items()), *MINIMAL], ids=str
)
def test_every_type_comes_back_as_it_was_sent(calls: ControlCalls, members: dict[str, Any]) -> None:
    api_id = calls.new_api()
    sent = {"description": "", "serviceRoleArn": "arn:r", "metricsConfig": "ENABLED", **members}
    source = calls.good("POST", sources_path(api_id), {"name": "s", **sent})["dataSource"]
    arn = f"arn:aws:appsync:us-east-1:000000000000:apis/{api_id}/datasources/s"
    assert source == {"name": "s", "dataSourceArn": arn, **sent}
    assert calls.executed.changed_apis == (api_id,)
    assert calls.good("GET", sources_path(api_id, "s")) == {"dataSource": source}
    assert calls.good("GET", sources_path(api_id)) == {"dataSources": [source]}
    updated = calls.good("POST", sources_path(api_id, "s"), members)["dataSource"]
    assert updated == {"name": "s", "dataSourceArn": arn, **members}


@pytest.mark.parametrize("members", BAD, ids=str)
def test_bad_settings(calls: ControlCalls, members: dict[str, Any]) -> None:
    api_id = calls.new_api()
    assert calls.refused("POST", sources_path(api_id), {"name": "s", **members}) == "BadRequestException"
    calls.new_data_source(api_id)
    assert calls.refused("POST", sources_path(api_id, "worker"), members) == "BadRequestException"


@pytest.mark.parametrize("name", [None, "", "1a", "a-b", "é", "a b", "a\n", "x" * 513, 1])
def test_bad_names(calls: ControlCalls, name: Any) -> None:
    api_id = calls.new_api()
    body = {"name": name, "type": "NONE"}
    assert calls.refused("POST", sources_path(api_id), body) == "BadRequestException"


def test_a_name_is_given_once_per_api(calls: ControlCalls) -> None:
    api_id, other = calls.new_api(), calls.new_api()
    calls.new_data_source(api_id)
    calls.new_data_source(other)
    body = {"name": "worker", "type": "NONE"}
    assert calls.refused("POST", sources_path(api_id), body) == "BadRequestException"
    assert calls.good("GET", sources_path(api_id, "worker"))["dataSource"]["type"] == "AWS_LAMBDA"


def test_what_a_handler_uses_cannot_be_deleted(calls: ControlCalls) -> None:
    api_id, other = calls.new_api(), calls.new_api()
    for each in (api_id, other):
        calls.new_data_source(each)
    calls.new_namespace(api_id, "news", handlerConfigs=with_handler("worker"))
    reply = calls("DELETE", sources_path(api_id, "worker"))
    assert reply.error == "BadRequestException"
    assert "news" in reply.message
    assert calls.good("DELETE", sources_path(other, "worker")) == {}
    calls.good("POST", f"/v2/apis/{api_id}/channelNamespaces/news", {})
    assert calls.good("DELETE", sources_path(api_id, "worker")) == {}
    assert calls.executed.changed_apis == (api_id,)
    for method in ("GET", "POST", "DELETE"):
        assert calls.refused(method, sources_path(api_id, "worker"), {"type": "NONE"}) == "NotFoundException"


def test_what_is_called_directly_stays_a_function(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    calls.new_data_source(api_id)
    calls.new_namespace(api_id, "a", handlerConfigs=with_handler("worker"))
    path = sources_path(api_id, "worker")
    calls.good("POST", path, {"type": "NONE"})
    calls.good("POST", path, {"type": "AWS_LAMBDA", "lambdaConfig": FUNCTION})
    calls.new_namespace(api_id, "b", handlerConfigs=with_handler("worker", "DIRECT"))
    assert calls.refused("POST", path, {"type": "NONE"}) == "BadRequestException"
    calls.good("POST", path, {"type": "AWS_LAMBDA", "lambdaConfig": {"lambdaFunctionArn": "arn:other"}})


def test_namespaces_have_new_versions_after_a_change_of_their_data_source(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    calls.new_data_source(api_id)
    calls.new_namespace(api_id, "user", handlerConfigs=with_handler("worker"))
    calls.new_namespace(api_id, "other")
    before = calls.state.projection(api_id)
    shown = calls.good("GET", f"/v2/apis/{api_id}/channelNamespaces/user")
    calls.now += 5
    calls.good("POST", sources_path(api_id, "worker"), {"type": "NONE"})
    after = calls.state.projection(api_id)
    assert before
    assert after
    assert after.namespaces["user"].version > max(n.version for n in before.namespaces.values())
    assert after.namespaces["other"] == before.namespaces["other"]
    assert after.data_sources["worker"].type == "NONE"
    assert calls.good("GET", f"/v2/apis/{api_id}/channelNamespaces/user") == shown


def test_an_api_may_have_so_many_data_sources_and_not_more() -> None:
    calls = ControlCalls(Facts(quotas=Quotas(data_sources_per_api=1)))
    api_id = calls.new_api()
    calls.new_data_source(api_id)
    body = {"name": "b", "type": "NONE"}
    assert calls.refused("POST", sources_path(api_id), body) == "BadRequestException"
