import copy
from typing import Any

import pytest
from tests.support.control_calls import EVENT_CONFIG, ControlCalls

COGNITO = {
    "authType": "AMAZON_COGNITO_USER_POOLS",
    "cognitoConfig": {"userPoolId": "p", "awsRegion": "us-east-1", "appIdClientRegex": "x.*"},
}
OIDC = {
    "authType": "OPENID_CONNECT",
    "openIDConnectConfig": {"issuer": "https://i", "clientId": "c", "iatTTL": 1, "authTTL": 2},
}
LAMBDA = {
    "authType": "AWS_LAMBDA",
    "lambdaAuthorizerConfig": {
        "authorizerUri": "arn:f",
        "authorizerResultTtlInSeconds": 3600,
        "identityValidationExpression": "^x",
    },
}
KEY = {"authType": "API_KEY"}
IAM = {"authType": "AWS_IAM"}
LISTS = ["authProviders", "connectionAuthModes", "defaultPublishAuthModes", "defaultSubscribeAuthModes"]


def config(**members: Any) -> dict[str, Any]:
    return {**EVENT_CONFIG, **members}


def changed(provider: dict[str, Any], name: str, **members: Any) -> dict[str, Any]:
    """The provider with other members in its config; None takes one out."""
    provider = copy.deepcopy(provider)
    provider[name] = {k: v for k, v in {**provider[name], **members}.items() if v is not None}
    return provider


GOOD = {
    "all types": config(
        authProviders=[KEY, IAM, COGNITO, OIDC, LAMBDA],
        connectionAuthModes=[{"authType": "AWS_LAMBDA"}, KEY],
        defaultPublishAuthModes=[IAM],
        defaultSubscribeAuthModes=[{"authType": "OPENID_CONNECT"}],
    ),
    "providers without a mode": config(authProviders=[IAM, KEY]),
    "the same type twice": config(
        authProviders=[KEY, KEY],
        connectionAuthModes=[KEY, KEY],
        defaultPublishAuthModes=[KEY, KEY],
        defaultSubscribeAuthModes=[KEY, KEY],
    ),
    "two user pools": config(authProviders=[COGNITO, KEY, COGNITO, OIDC, OIDC]),
    "only what is needed": config(
        authProviders=[
            KEY,
            changed(COGNITO, "cognitoConfig", appIdClientRegex=None),
            changed(OIDC, "openIDConnectConfig", clientId=None, iatTTL=None, authTTL=None),
            changed(
                LAMBDA,
                "lambdaAuthorizerConfig",
                authorizerResultTtlInSeconds=None,
                identityValidationExpression=None,
            ),
        ]
    ),
    "no time to live": config(
        authProviders=[KEY, changed(LAMBDA, "lambdaAuthorizerConfig", authorizerResultTtlInSeconds=0)]
    ),
    "logging": config(logConfig={"logLevel": "ALL", "cloudWatchLogsRoleArn": "arn:r"}),
    "fifty providers": config(authProviders=[KEY, *[OIDC] * 49]),
}

BAD = {
    **{f"no {name}": config(**{name: None}) for name in LISTS},
    **{f"empty {name}": config(**{name: []}) for name in LISTS},
    **{f"{name} without provider": config(**{name: [IAM]}) for name in LISTS[1:]},
    **{f"{name} of an unknown type": config(**{name: [{"authType": "X"}]}) for name in LISTS},
    **{f"{name} without a type": config(**{name: [{}]}) for name in LISTS},
    **{f"{name} with text": config(**{name: ["API_KEY"]}) for name in LISTS},
    **{f"{name} no list": config(**{name: KEY}) for name in LISTS},
    "two functions": config(authProviders=[KEY, LAMBDA, LAMBDA]),
    "IAM twice": config(authProviders=[KEY, IAM, IAM]),
    "too many providers": config(authProviders=[KEY] * 51),
    "another type's config": config(authProviders=[{**KEY, "cognitoConfig": COGNITO["cognitoConfig"]}]),
    **{
        f"{p['authType']} without config": config(authProviders=[KEY, {"authType": p["authType"]}])
        for p in (COGNITO, OIDC, LAMBDA)
    },
    "no pool": config(authProviders=[KEY, changed(COGNITO, "cognitoConfig", userPoolId=None)]),
    "empty pool": config(authProviders=[KEY, changed(COGNITO, "cognitoConfig", userPoolId="")]),
    "no region": config(authProviders=[KEY, changed(COGNITO, "cognitoConfig", awsRegion=None)]),
    "no issuer": config(authProviders=[KEY, changed(OIDC, "openIDConnectConfig", issuer=None)]),
    "negative time": config(authProviders=[KEY, changed(OIDC, "openIDConnectConfig", iatTTL=-1)]),
    "no function": config(authProviders=[KEY, changed(LAMBDA, "lambdaAuthorizerConfig", authorizerUri=None)]),
    "too long kept": config(
        authProviders=[KEY, changed(LAMBDA, "lambdaAuthorizerConfig", authorizerResultTtlInSeconds=3601)]
    ),
    "unknown level": config(logConfig={"logLevel": "SOME", "cloudWatchLogsRoleArn": "arn:r"}),
    "no level": config(logConfig={"cloudWatchLogsRoleArn": "arn:r"}),
    "no role": config(logConfig={"logLevel": "ALL"}),
}


@pytest.mark.parametrize("event_config", GOOD.values(), ids=GOOD)
def test_a_good_configuration_comes_back_as_it_was_sent(event_config: dict[str, Any]) -> None:
    calls = ControlCalls()
    api_id = calls.new_api(eventConfig=event_config)
    assert calls.good("GET", f"/v2/apis/{api_id}")["api"]["eventConfig"] == event_config


@pytest.mark.parametrize("event_config", BAD.values(), ids=BAD)
def test_a_bad_configuration_is_refused(event_config: dict[str, Any]) -> None:
    calls = ControlCalls()
    body = {"name": "x", "eventConfig": event_config}
    assert calls.refused("POST", "/v2/apis", body) == "BadRequestException"
    api_id = calls.new_api()
    assert calls.refused("POST", f"/v2/apis/{api_id}", body) == "BadRequestException"


@pytest.mark.parametrize("event_config", [None, "x", [], 1, {}])
def test_a_configuration_is_needed(event_config: Any) -> None:
    calls = ControlCalls()
    assert (
        calls.refused("POST", "/v2/apis", {"name": "x", "eventConfig": event_config}) == "BadRequestException"
    )
