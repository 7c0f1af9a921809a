import json

import pytest
from tests.support.iam_calls import IamServer

from eventray_core.control.iam_projection import ALLOW_ALL

API = "arn:aws:appsync:us-east-1:000000000000:apis/abc"


@pytest.fixture
def iam() -> IamServer:
    server = IamServer()
    server.add_administrator("chief")
    server.add("ada", key=True)
    return server


def may(iam: IamServer, action: str) -> bool:
    key = iam.done("GET", "/ada/access-keys")["accessKeys"][0]["accessKeyId"]
    found = iam.catalog.find(key)
    assert found is not None
    return iam.catalog.authorize(found[1], action, [API], {}) is None


def put(iam: IamServer, name: str, document: str) -> None:
    assert iam.done("POST", f"/ada/policies/{name}", {"policyDocument": document}) == {}


def test_a_policy_is_put_shown_listed_replaced_and_deleted(iam: IamServer) -> None:
    put(iam, "all", f" {ALLOW_ALL}\n")
    assert iam.done("GET", "/ada/policies/all") == {
        "userName": "ada",
        "policyName": "all",
        "policyDocument": f" {ALLOW_ALL}\n",
    }
    assert may(iam, "appsync:GetApi")
    put(iam, "few", ALLOW_ALL.replace("Allow", "Deny").replace('"*"', '"appsync:Delete*"', 1))
    assert iam.done("GET", "/ada/policies") == {"policyNames": ["all", "few"]}
    assert not may(iam, "appsync:DeleteApi")
    put(iam, "all", ALLOW_ALL.replace('"*"', '"appsync:List*"', 1))
    assert not may(iam, "appsync:GetApi")
    assert may(iam, "appsync:ListApis")
    assert iam.done("DELETE", "/ada/policies/all") == {}
    assert not may(iam, "appsync:ListApis")
    assert iam.refused("GET", "/ada/policies/all") == (
        404, "NoSuchEntityException", "The user policy with name all cannot be found.",
    )  # fmt: skip
    assert iam.refused("DELETE", "/ada/policies/all")[1] == "NoSuchEntityException"


@pytest.mark.parametrize("document", ["", "{}", "[]", ALLOW_ALL.replace("Resource", "Principal")])
def test_a_document_that_is_none(iam: IamServer, document: str) -> None:
    status, error_type, message = iam.refused("POST", "/ada/policies/p", {"policyDocument": document})
    assert (status, error_type) == (400, "MalformedPolicyDocumentException")
    assert message


def test_a_condition_that_cannot_be_evaluated_is_refused(iam: IamServer) -> None:
    made = json.loads(ALLOW_ALL)
    made["Statement"][0]["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    refused = iam.refused("POST", "/ada/policies/p", {"policyDocument": json.dumps(made)})
    assert refused == (
        400,
        "MalformedPolicyDocumentException",
        "The condition key aws:MultiFactorAuthPresent is not one that EventRay evaluates.",
    )


@pytest.mark.parametrize("body", [None, {"policyDocument": json.loads(ALLOW_ALL)}, {"document": ALLOW_ALL}])
def test_the_document_is_a_text(iam: IamServer, body: object) -> None:
    assert iam.refused("POST", "/ada/policies/p", body)[:2] == (400, "BadRequestException")


@pytest.mark.parametrize("name", ["a%20b", "%C3%A9", "a%2Fb", "a" * 129])
def test_names_that_are_none(iam: IamServer, name: str) -> None:
    refused = iam.refused("POST", f"/ada/policies/{name}", {"policyDocument": ALLOW_ALL})
    assert refused[:2] == (400, "BadRequestException")


def test_the_size_of_all_policies_is_bounded_without_white_space(iam: IamServer) -> None:
    statement = json.loads(ALLOW_ALL)["Statement"][0]
    statement["Resource"] = ["arn:aws:s3:::" + "x" * 1_000] * 8
    large = json.dumps({"Statement": statement})
    put(iam, "spaces", ALLOW_ALL + " " * 20_000)
    put(iam, "large", large)
    put(iam, "large", large)
    assert iam.refused("POST", "/ada/policies/more", {"policyDocument": large}) == (
        409, "LimitExceededException", "Maximum policy size of 10240 bytes exceeded for user ada",
    )  # fmt: skip


def test_a_user_that_is_not_there(iam: IamServer) -> None:
    for method, path in [("GET", "s"), ("POST", "s/p"), ("GET", "s/p"), ("DELETE", "s/p")]:
        assert iam.refused(method, f"/bob/policie{path}", {})[1] == "NoSuchEntityException"
