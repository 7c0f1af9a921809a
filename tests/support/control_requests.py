"""A good request for every operation of the management API, and a control plane where it is good.

`@api`, `@key` and `@certificate` stand for what a control plane has made itself.
"""

from functools import cache
from itertools import pairwise
from typing import Any

from eventray_core.control.certificate_contents import CertificateContents
from eventray_core.control.operations import Operation
from eventray_core.control.records import Put
from tests.support.control_calls import CERTIFICATE_ARN, EVENT_CONFIG, NOON, ControlCalls, RepeatableBytes

TAGS = {"a": "b"}
INTEGRATION = {"dataSourceName": "worker", "lambdaConfig": {"invokeType": "EVENT"}}
HANDLERS = {
    "onPublish": {"behavior": "DIRECT", "integration": INTEGRATION},
    "onSubscribe": {"behavior": "CODE", "integration": {"dataSourceName": ""}},
}
PROVIDERS = [
    {"authType": "API_KEY"},
    {"authType": "AMAZON_COGNITO_USER_POOLS", "cognitoConfig": {"userPoolId": "p", "awsRegion": "r"}},
    {"authType": "OPENID_CONNECT", "openIDConnectConfig": {"issuer": "https://i", "iatTTL": 1}},
    {"authType": "AWS_LAMBDA", "lambdaAuthorizerConfig": {"authorizerUri": "f"}},
]
CONFIG = {
    **EVENT_CONFIG,
    "authProviders": PROVIDERS,
    "logConfig": {"logLevel": "ALL", "cloudWatchLogsRoleArn": "arn:r"},
}
API = {"name": "demo", "ownerContact": "me", "eventConfig": CONFIG}
NAMESPACE = {
    "publishAuthModes": [{"authType": "OPENID_CONNECT"}],
    "subscribeAuthModes": [{"authType": "AWS_LAMBDA"}],
    "codeHandlers": "x",
    "handlerConfigs": HANDLERS,
}
API_KEY = {"description": "web", "expires": int(NOON) + 90_000}
HTTP = {"endpoint": "https://x", "authorizationConfig": {"authorizationType": "AWS_IAM"}}
FUNCTION = {"type": "AWS_LAMBDA", "lambdaConfig": {"lambdaFunctionArn": "arn:f"}, "metricsConfig": "ENABLED"}
DOMAIN_NAME = {"domainName": "x.example.com", "certificateArn": CERTIFICATE_ARN, "description": ""}
RUNTIME = {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}

BODIES: dict[str, dict[str, Any]] = {
    "CreateApi": {**API, "tags": TAGS},
    "UpdateApi": API,
    "CreateChannelNamespace": {**NAMESPACE, "name": "news", "tags": TAGS},
    "UpdateChannelNamespace": NAMESPACE,
    "CreateApiKey": API_KEY,
    "UpdateApiKey": API_KEY,
    "CreateDataSource": {"name": "web", "type": "HTTP", "httpConfig": HTTP},
    "UpdateDataSource": FUNCTION,
    "TagResource": {"tags": TAGS},
    "CreateDomainName": {**DOMAIN_NAME, "tags": TAGS},
    "UpdateDomainName": {"description": "x"},
    "AssociateApi": {"apiId": "@api"},
    "EvaluateCode": {"runtime": RUNTIME, "code": "x", "context": "{}"},
    "ImportCertificate": {"certificate": "c", "privateKey": "k", "certificateChain": "i"},
    "PutStack": {"body": "{}", "expectedVersion": 1},
}

QUERIES = {"UntagResource": [("tagKeys", "a"), ("tagKeys", "b")], "DeleteStack": [("expectedVersion", "1")]}

ACCOUNT = "arn:aws:appsync:us-east-1:000000000000"
ARNS = [
    f"{ACCOUNT}:apis/@api",
    f"{ACCOUNT}:apis/@api/channelNamespace/default",
    f"{ACCOUNT}:domainnames/events.example.com",
]

REFUSED = {
    "DeleteDataSource": "is used by",
    "DeleteDomainName": "is associated with",
    "DeleteCertificate": "is used by",
    "EvaluateCode": "does not evaluate",
}
"""Requests that must fail nevertheless, because of what is there: a part of the message."""

_PARAMETERS = {
    "apiId": "@api",
    "id": "@key",
    "domainName": "events.example.com",
    "certificateId": "@certificate",
}
_NAMES = {"channelNamespaces": "default", "datasources": "worker", "stacks": "demo"}


def path_of(operation: Operation, arn: str) -> dict[str, str]:
    """Good parameters of the operation's path; `arn` is for those that take one."""
    segments = operation.path.split("/")
    names = [segment.strip("{+}") for segment in segments if segment.startswith("{")]
    known = {**_PARAMETERS, "resourceArn": arn}
    for segment, name in pairwise(segments):
        known.setdefault(name.strip("{+}"), _NAMES.get(segment, "nosuch"))
    return {name: known[name] for name in names}


def _read(chain_pem: str, key_pem: str) -> CertificateContents:
    names = ("x.example.com",)
    return CertificateContents(chain_pem, key_pem, names, not_before=0, not_after=1, fingerprint="f")


@cache
def _records() -> tuple[tuple[Put, ...], dict[str, str]]:
    calls = ControlCalls(read_certificate=_read)
    api_id = calls.new_api(eventConfig=CONFIG)
    calls.new_data_source(api_id)
    calls.new_namespace(api_id, handlerConfigs=HANDLERS, tags=TAGS)
    certificate = calls.good("POST", "/eventray/certificates", BODIES["ImportCertificate"])["certificate"]
    calls.new_domain_name(certificateArn=certificate["certificateArn"])
    calls.good("POST", "/v1/domainnames/events.example.com/apiassociation", {"apiId": api_id})
    calls.good("POST", "/eventray/stacks/demo", {"body": "", "expectedVersion": 0})
    key = calls.good("POST", f"/v1/apis/{api_id}/apikeys", {})["apiKey"]["id"]
    names = {"@api": api_id, "@key": key, "@certificate": certificate["certificateId"]}
    return tuple(record.put() for record in calls.state.tables), names


class FurnishedControl:
    """A control plane with one of most things, and the names of those."""

    def __init__(self) -> None:
        records, self._names = _records()
        self.calls = ControlCalls(read_certificate=_read)
        self.calls.state.load(records)
        self.calls.random_bytes = RepeatableBytes("later than the records")

    def named(self, text: str) -> str:
        """The text with what has taken the placeholders' place."""
        for name, value in self._names.items():
            text = text.replace(name, value)
        return text
