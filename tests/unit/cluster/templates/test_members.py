from decimal import Decimal
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.members import request_of, tags_of, to_members

MODEL = boto3.client(
    "appsync", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
).meta.service_model


def shape(operation: str) -> Any:
    return MODEL.operation_model(operation).input_shape


MODES = [{"AuthType": "API_KEY"}]
OIDC = {"Issuer": "https://x", "IatTTL": "60", "AuthTTL": "1e3"}
LAMBDA = {"AuthorizerUri": "arn", "AuthorizerResultTtlInSeconds": "300"}
EVENT_CONFIG = {
    "AuthProviders": [
        *MODES,
        {"AuthType": "OPENID_CONNECT", "OpenIDConnectConfig": OIDC},
        {"AuthType": "AWS_LAMBDA", "LambdaAuthorizerConfig": LAMBDA},
    ],
    "ConnectionAuthModes": MODES,
    "DefaultPublishAuthModes": MODES,
    "DefaultSubscribeAuthModes": MODES,
    "LogConfig": {"LogLevel": "ALL", "CloudWatchLogsRoleArn": "arn"},
}


def test_an_api_is_spelled_as_the_api_has_it() -> None:
    properties = {
        "Name": "chat", "OwnerContact": "me", "EventConfig": EVENT_CONFIG,
        "Tags": [{"Key": "a", "Value": "b"}],
    }  # fmt: skip
    modes = [{"authType": "API_KEY"}]
    assert to_members(shape("CreateApi"), properties, ()) == {
        "name": "chat",
        "ownerContact": "me",
        "tags": {"a": "b"},
        "eventConfig": {
            "authProviders": [
                {"authType": "API_KEY"},
                {
                    "authType": "OPENID_CONNECT",
                    "openIDConnectConfig": {"issuer": "https://x", "iatTTL": 60, "authTTL": 1000},
                },
                {
                    "authType": "AWS_LAMBDA",
                    "lambdaAuthorizerConfig": {"authorizerUri": "arn", "authorizerResultTtlInSeconds": 300},
                },
            ],
            "connectionAuthModes": modes,
            "defaultPublishAuthModes": modes,
            "defaultSubscribeAuthModes": modes,
            "logConfig": {"logLevel": "ALL", "cloudWatchLogsRoleArn": "arn"},
        },
    }


@pytest.mark.parametrize(
    ("operation", "properties", "members"),
    [
        (
            "CreateDataSource",
            {
                "ApiId": "a", "Name": "t", "Type": "AMAZON_DYNAMODB",
                "DynamoDBConfig": {
                    "TableName": "t", "AwsRegion": "r", "UseCallerCredentials": "False", "Versioned": "true",
                    "DeltaSyncConfig": {
                        "BaseTableTTL": "5", "DeltaSyncTableName": "d", "DeltaSyncTableTTL": "6",
                    },
                },
            },
            {
                "apiId": "a", "name": "t", "type": "AMAZON_DYNAMODB",
                "dynamodbConfig": {
                    "tableName": "t", "awsRegion": "r", "useCallerCredentials": False, "versioned": True,
                    "deltaSyncConfig": {"baseTableTTL": 5, "deltaSyncTableName": "d", "deltaSyncTableTTL": 6},
                },
            },
        ),
        (
            "CreateDataSource",
            {
                "ApiId": "a", "Name": "h", "Type": "HTTP",
                "HttpConfig": {
                    "Endpoint": "https://x",
                    "AuthorizationConfig": {
                        "AuthorizationType": "AWS_IAM", "AwsIamConfig": {"SigningRegion": "r"},
                    },
                },
            },
            {
                "apiId": "a", "name": "h", "type": "HTTP",
                "httpConfig": {
                    "endpoint": "https://x",
                    "authorizationConfig": {
                        "authorizationType": "AWS_IAM", "awsIamConfig": {"signingRegion": "r"},
                    },
                },
            },
        ),
        ("CreateApiKey", {"ApiId": "a", "Expires": "1800000000"}, {"apiId": "a", "expires": 1800000000}),
        (
            "CreateChannelNamespace",
            {"ApiId": "a", "Name": "n", "HandlerConfigs": {}, "CodeHandlers": "x"},
            {"apiId": "a", "name": "n", "handlerConfigs": {}, "codeHandlers": "x"},
        ),
    ],
)  # fmt: skip
def test_requests_are_made_of_properties(
    operation: str, properties: dict[str, Any], members: dict[str, Any]
) -> None:
    assert to_members(shape(operation), properties, ()) == members


NOT_BOOLEAN = {"DynamoDBConfig": {"TableName": "t", "AwsRegion": "r", "Versioned": "maybe"}}


@pytest.mark.parametrize(
    ("operation", "properties", "message"),
    [
        ("CreateApi", {"Name": "x"}, "P: It lacks the property EventConfig."),
        ("CreateApi", {"Name": "x", "EventConfig": "y"}, "P.EventConfig: It must be a mapping."),
        ("CreateApi", {"Name": ["x"], "EventConfig": EVENT_CONFIG}, "P.Name: It must be a text."),
        ("CreateApi", {"Nmae": "x"}, "P.Nmae: There is no such property."),
        ("CreateApi", {"EventConfig": {"AuthProviders": {}}}, "P.EventConfig.AuthProviders: It must be a l"),
        ("CreateApi", {"EventConfig": {"AuthProviders": [{}]}}, "P.EventConfig.AuthProviders.0: It lacks"),
        ("CreateApi", {"Tags": {"a": "b"}}, "P.Tags: It must be a list of mappings with Key and Value."),
        ("CreateApiKey", {"Expires": "soon"}, "P.Expires: It must be a whole number."),
        ("CreateApiKey", {"Expires": "1.5"}, "P.Expires: It must be a whole number."),
        ("CreateApiKey", {"Expires": "9" * 20}, "P.Expires: It must be a whole number."),
        ("CreateApiKey", {"Expires": "Infinity"}, "P.Expires: It must be a whole number."),
        ("CreateApiKey", {"Expires": "1e999999999"}, "P.Expires: It must be a whole number."),
        ("CreateApiKey", {"Expires": ["1"]}, "P.Expires: It must be a whole number."),
        (
            "CreateApiKey",
            {"Description": "{{resolve:ssm:x}}"},
            "P.Description: It refers to a value that AWS",
        ),
        ("CreateDataSource", NOT_BOOLEAN, "P.DynamoDBConfig.Versioned: It must be true or false."),
        ("CreateDataSource", {"ApiId": "a", "Name": "b"}, "P: It lacks the property Type."),
    ],
)
def test_what_the_api_would_not_understand_is_told_with_its_place(
    operation: str, properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        to_members(shape(operation), properties, ("P",))
    assert str(caught.value).startswith(message)


def test_a_later_request_takes_only_what_can_be_changed() -> None:
    properties = {"ApiId": "a", "Name": "n", "Tags": [{"Key": "a", "Value": "b"}], "CodeHandlers": "x"}
    names = {"apiId": "real", "name": "n"}
    found = request_of(shape("UpdateChannelNamespace"), properties, (), names)
    assert found == {"apiId": "real", "name": "n", "codeHandlers": "x"}


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_whole_numbers_may_be_written_in_any_way(number: int) -> None:
    for text in (str(number), f"{number}.0", f"{Decimal(number):E}"):
        request = to_members(shape("CreateApiKey"), {"ApiId": "a", "Expires": text}, ())
        assert request["expires"] == number


def test_tags_become_a_mapping() -> None:
    assert tags_of([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}], ()) == {"a": "1", "b": ""}
