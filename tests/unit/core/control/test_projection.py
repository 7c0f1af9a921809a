from typing import Any

import msgspec
import pytest
from tests.support.control_calls import EVENT_CONFIG, MODES, NOON, ControlCalls

from eventray_core.api import Api, ApiKey
from eventray_core.auth import AuthMode
from eventray_core.control.code import code_hash
from eventray_core.log_level import LogLevel

KEY, IAM = {"authType": "API_KEY"}, {"authType": "AWS_IAM"}
OIDC = {"authType": "OPENID_CONNECT", "openIDConnectConfig": {"issuer": "https://i", "authTTL": 5}}


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls()


def project(calls: ControlCalls, api_id: str) -> Api:
    api = calls.state.projection(api_id)
    assert api
    return api


def test_the_data_plane_gets_all_it_needs(calls: ControlCalls) -> None:
    config = {
        "authProviders": [KEY, IAM, OIDC, KEY],
        "connectionAuthModes": [IAM, KEY, IAM],
        "defaultPublishAuthModes": [IAM],
        "defaultSubscribeAuthModes": [KEY],
        "logConfig": {"logLevel": "ERROR", "cloudWatchLogsRoleArn": "arn:r"},
    }
    api_id = calls.new_api(name="demo", eventConfig=config)
    calls.new_data_source(api_id)
    handlers = {"onPublish": {"behavior": "CODE", "integration": {"dataSourceName": "worker"}}}
    calls.new_namespace(api_id, publishAuthModes=MODES, codeHandlers="x", handlerConfigs=handlers)
    key = calls.good("POST", f"/v1/apis/{api_id}/apikeys", {"description": "web"})["apiKey"]
    api = project(calls, api_id)
    shown = calls.good("GET", f"/v2/apis/{api_id}")["api"]
    assert (api.api_id, api.name, api.created) == (api_id, "demo", NOON)
    assert shown["dns"]["HTTP"].startswith(f"{api.dns_id}.appsync-api.")
    assert api.connection_auth_modes == (AuthMode.AWS_IAM, AuthMode.API_KEY)
    assert api.default_publish_auth_modes == (AuthMode.AWS_IAM,)
    assert api.default_subscribe_auth_modes == (AuthMode.API_KEY,)
    assert msgspec.to_builtins(api.auth_providers) == (KEY, IAM, OIDC, KEY)
    assert api.log_level is LogLevel.ERROR
    assert api.api_keys == {key["id"]: ApiKey(key=key["id"], expires=key["expires"], description="web")}
    assert api.data_sources["worker"].lambda_config
    namespace = api.namespaces["default"]
    assert (namespace.publish_auth_modes, namespace.subscribe_auth_modes) == ((AuthMode.API_KEY,), None)
    assert namespace.code_hash == code_hash("x")
    assert namespace.on_publish
    assert namespace.on_subscribe is None


def test_an_api_arrives_as_it_was_sent(calls: ControlCalls) -> None:
    api_id = calls.new_api(eventConfig={**EVENT_CONFIG, "authProviders": [KEY, OIDC]})
    calls.new_data_source(api_id)
    calls.new_namespace(api_id, codeHandlers="x")
    api = project(calls, api_id)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(api), type=Api) == api


def test_what_was_not_said_has_its_default(calls: ControlCalls) -> None:
    api_id = calls.new_api()
    calls.new_namespace(api_id)
    api = project(calls, api_id)
    assert (api.log_level, api.custom_domains, api.api_keys, api.data_sources) == (LogLevel.NONE, (), {}, {})
    namespace = api.namespaces["default"]
    assert (namespace.on_publish, namespace.on_subscribe, namespace.code_hash) == (None, None, None)


def test_a_mode_whose_provider_is_gone_lets_nobody_in(calls: ControlCalls) -> None:
    with_iam = {**EVENT_CONFIG, "authProviders": [KEY, IAM]}
    api_id = calls.new_api(eventConfig=with_iam)
    calls.new_namespace(api_id, publishAuthModes=[IAM], subscribeAuthModes=[KEY, IAM])
    calls.good("POST", f"/v2/apis/{api_id}", {"name": "x", "eventConfig": EVENT_CONFIG})
    api = project(calls, api_id)
    namespace = api.namespaces["default"]
    assert (api.publish_modes(namespace), api.subscribe_modes(namespace)) == ((), (AuthMode.API_KEY,))
    shown: Any = calls.good("GET", f"/v2/apis/{api_id}/channelNamespaces/default")["channelNamespace"]
    assert shown["publishAuthModes"] == [IAM]
    calls.good("POST", f"/v2/apis/{api_id}", {"name": "x", "eventConfig": with_iam})
    assert project(calls, api_id).namespaces["default"].publish_auth_modes == (AuthMode.AWS_IAM,)


def test_projections_are_all_apis_the_oldest_first(calls: ControlCalls) -> None:
    made = []
    for _ in range(3):
        made.append(calls.new_api())
        calls.now += 1
    assert [api.api_id for api in calls.state.projections()] == made
