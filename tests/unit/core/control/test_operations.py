from typing import Any

import botocore.session
import pytest

from eventray_core.control.calls import Call
from eventray_core.control.facts import Facts
from eventray_core.control.operations import BY_NAME, OPERATIONS, match

MODEL = botocore.session.get_session().get_service_model("appsync")
AWS = [operation for operation in OPERATIONS if not operation.path.startswith("/eventray/")]
ARN = "arn:aws:appsync:us-east-1:000000000000:apis/a"


@pytest.mark.parametrize("operation", AWS, ids=[o.name for o in AWS])
def test_aws_operations_have_aws_method_and_path(operation: Any) -> None:
    http = MODEL.operation_model(operation.name).http
    assert (operation.method, operation.path.replace("+}", "}")) == (http["method"], http["requestUri"])
    assert operation.action == f"appsync:{operation.name}"


def test_names_and_requests_are_unambiguous() -> None:
    assert len(BY_NAME) == len(OPERATIONS)
    assert len({(o.method, o.path) for o in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize(
    ("method", "path", "name", "parameters"),
    [
        ("POST", "/v2/apis", "CreateApi", {}),
        ("GET", "//v2///apis/", "ListApis", {}),
        ("GET", "/v2/apis/x", "GetApi", {"apiId": "x"}),
        ("GET", "/v2/apis/x/channelNamespaces/a%2Fb", "GetChannelNamespace", {"apiId": "x", "name": "a/b"}),
        ("DELETE", "/v1/apis/x/apikeys/da2-y", "DeleteApiKey", {"apiId": "x", "id": "da2-y"}),
        ("GET", "/v1/domainnames/%2A.example.com", "GetDomainName", {"domainName": "*.example.com"}),
        ("GET", "/v1/domainnames/a.b/apiassociation", "GetApiAssociation", {"domainName": "a.b"}),
        ("GET", "/v1/tags/arn%3Aaws%3Aapis%2Fx", "ListTagsForResource", {"resourceArn": "arn:aws:apis/x"}),
        ("GET", "/v1/tags/arn:aws:apis/x", "ListTagsForResource", {"resourceArn": "arn:aws:apis/x"}),
        ("POST", "/v1/tags/a/b%2Fc/d", "TagResource", {"resourceArn": "a/b/c/d"}),
        ("GET", "/v2/apis/%FF%F0%9F%98%80", "GetApi", {"apiId": "\ufffd😀"}),
        ("GET", "/v2/apis/%zz", "GetApi", {"apiId": "%zz"}),
    ],
)
def test_requests_that_mean_an_operation(
    method: str, path: str, name: str, parameters: dict[str, str]
) -> None:
    found = match(method, path)
    assert found
    assert (found.operation.name, found.path) == (name, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v2/apis"),
        ("get", "/v2/apis"),
        ("GET", "/"),
        ("GET", ""),
        ("GET", "/v3/apis"),
        ("GET", "/v2/apis/x/channelnamespaces"),
        ("GET", "/v1/apis/x/apiKeys"),
        ("GET", "/v2%2Fapis"),
        ("GET", "/v1/tags"),
        ("GET", "/v2/apis/x/y"),
        ("PATCH", "/v1/tags/x"),
    ],
)
def test_requests_that_mean_nothing(method: str, path: str) -> None:
    assert match(method, path) is None


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [
        ("POST", "/v2/apis", "*"),
        ("GET", "/v1/apis", "*"),
        ("GET", "/v2/apis/a", ARN),
        ("POST", "/v2/apis/a/channelNamespaces", ARN),
        ("GET", "/v2/apis/a/channelNamespaces", ARN),
        ("GET", "/v2/apis/a/channelNamespaces/n", f"{ARN}/channelNamespace/n"),
        ("POST", "/v1/apis/a/apikeys", "*"),
        ("GET", "/v1/apis/a/datasources/d", "*"),
        ("GET", "/v1/domainnames/x.y", "arn:aws:appsync:us-east-1:000000000000:domainnames/x.y"),
        ("POST", "/v1/domainnames", "*"),
        ("POST", "/v1/tags/arn%3Ax", "arn:x"),
        ("GET", "/eventray/stacks/s", "arn:aws:eventray:us-east-1:000000000000:stack/s"),
        ("DELETE", "/eventray/certificates/c", "arn:aws:acm:us-east-1:000000000000:certificate/c"),
    ],
)
def test_what_a_policy_must_allow(method: str, path: str, resource: str) -> None:
    found = match(method, path)
    assert found
    call = Call(operation=found.operation.name, path=found.path)
    assert found.operation.resource(call, Facts()) == resource


def test_actions_of_what_aws_does_not_have() -> None:
    own = [o for o in OPERATIONS if o.path.startswith(("/eventray/stacks", "/eventray/certificates"))]
    assert [o.action for o in own if not o.action.startswith("eventray:")] == []
    assert len(own) == 8
