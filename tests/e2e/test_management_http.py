"""The management API as HTTP: routes, signatures, permissions, and what browsers need."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.management import EVENT_CONFIG
from tests.support.rig import Rig, running, until
from tests.support.signed_http import SignedHttp

pytestmark = pytest.mark.asyncio(loop_scope="module")

CREATE = json.dumps({"name": "made", "eventConfig": EVENT_CONFIG}).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory, database: str | None) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=1, database=database) as rig:
        yield rig


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(service: Rig) -> AsyncIterator[SignedHttp]:
    async with SignedHttp(service) as http:
        yield http


@pytest.fixture(scope="module")
def http(admin: SignedHttp) -> httpx.AsyncClient:
    return admin.http


def refused(answer: httpx.Response, status: int, error_type: str) -> None:
    """The error's name stands in the header and in the body, for browsers that see no header."""
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (status, error_type), answer.text
    body = answer.json()
    assert body["__type"] == error_type
    assert body["message"]
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.headers["x-amzn-requestid"]) == 36


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/apis/a/types"),
        ("GET", "/v2/nothing"),
        ("POST", "/v1/apis/a/schemacreation"),
        ("GET", "/v1"),
        ("GET", "/v2/"),
        ("GET", "/eventray/nothing"),
        ("PUT", "/v1/nowhere"),
    ],
)
async def test_an_unknown_operation(admin: SignedHttp, method: str, path: str) -> None:
    refused(await admin.ask(method, path), 404, "UnknownOperationException")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD"])
async def test_a_method_that_a_path_has_not(admin: SignedHttp, method: str) -> None:
    answer = await admin.ask(method, "/v2/apis")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, OPTIONS"
    assert answer.headers["x-amzn-errortype"] == "MethodNotAllowedException"


@pytest.mark.parametrize("path", ["//v2//apis", "/v2/apis/", "///v2/apis?maxResults=1"])
async def test_slashes_in_a_row_count_as_one(admin: SignedHttp, path: str) -> None:
    answer = await admin.ask("GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["apis"]


async def test_graphql_tools_find_nothing_and_go_on(admin: SignedHttp) -> None:
    answer = await admin.ask("GET", "/v1/apis")
    assert (answer.status_code, answer.json()) == (200, {"graphqlApis": []})


@pytest.mark.parametrize(
    ("body", "path"), [(b"{", "/v2/apis"), (b"[]", "/v2/apis"), (b"\xff", "/v2/apis"), (b"", "/v2/apis")]
)
async def test_a_body_that_is_none(admin: SignedHttp, body: bytes, path: str) -> None:
    refused(await admin.ask("POST", path, body), 400, "BadRequestException")


async def test_a_body_that_is_too_large(admin: SignedHttp) -> None:
    refused(await admin.ask("POST", "/v2/apis", b" " * 1_100_001), 413, "BadRequestException")


# Signatures


async def test_without_a_signature(service: Rig, http: httpx.AsyncClient) -> None:
    for method in ("GET", "POST"):
        answer = await http.request(method, f"{service.control_url()}/v2/apis")
        refused(answer, 403, "MissingAuthenticationTokenException")


async def test_with_somebody_elses_signature(service: Rig, admin: SignedHttp) -> None:
    wrong = admin.with_keys(service.access_key_id, "wrong")
    refused(await wrong.ask("GET", "/v2/apis"), 403, "InvalidSignatureException")
    unknown = admin.with_keys("AKIAUNKNOWN", "x")
    refused(await unknown.ask("GET", "/v2/apis"), 403, "UnrecognizedClientException")
    token = admin.with_keys(service.access_key_id, service.secret_access_key, "t")
    refused(await token.ask("GET", "/v2/apis"), 403, "UnrecognizedClientException")


async def test_with_another_time(admin: SignedHttp) -> None:
    for skew, status in ((-290, 200), (290, 200), (-310, 403), (310, 403)):
        answer = await admin.ask("GET", "/v2/apis", now=time.time() + skew)
        assert answer.status_code == status, (skew, answer.text)
    refused(answer, 403, "InvalidSignatureException")


async def test_with_something_changed_on_the_way(admin: SignedHttp, http: httpx.AsyncClient) -> None:
    url = admin.service.control_url() + "/v2/apis"
    headers = admin.signed("POST", url, CREATE)
    refused(await http.post(url, content=CREATE + b" ", headers=headers), 403, "InvalidSignatureException")
    refused(await http.post(url + "?a=b", content=CREATE, headers=headers), 403, "InvalidSignatureException")
    assert (await http.post(url, content=CREATE, headers=headers)).status_code == 200


# Permissions


async def new_user(admin: SignedHttp, name: str, *statements: dict[str, Any]) -> SignedHttp:
    """A user with those statements as its policy."""
    assert (await admin.ask("POST", "/eventray/iam/users", {"userName": name})).status_code == 200
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    path = f"/eventray/iam/users/{name}"
    answer = await admin.ask("POST", f"{path}/policies/own", {"policyDocument": document})
    assert answer.status_code == 200, answer.text
    key = (await admin.ask("POST", f"{path}/access-keys", {})).json()["accessKey"]
    return admin.with_keys(key["accessKeyId"], key["secretAccessKey"])


async def test_what_is_not_allowed_is_denied_and_names_the_rule(admin: SignedHttp) -> None:
    reader = await new_user(
        admin, "reader", {"Effect": "Allow", "Action": ["appsync:List*", "appsync:Get*"], "Resource": "*"}
    )
    assert (await reader.ask("GET", "/v2/apis")).status_code == 200
    answer = await reader.ask("POST", "/v2/apis", CREATE)
    refused(answer, 403, "AccessDeniedException")
    assert "user/reader is not authorized to perform: appsync:CreateApi" in answer.json()["message"]
    refused(await reader.ask("GET", "/eventray/iam/users"), 403, "AccessDeniedException")


async def test_one_api_only_and_not_its_deletion(admin: SignedHttp) -> None:
    made = [(await admin.ask("POST", "/v2/apis", CREATE)).json()["api"] for _ in range(2)]
    keeper = await new_user(
        admin,
        "keeper",
        {
            "Effect": "Allow",
            "Action": "appsync:*",
            "Resource": [made[0]["apiArn"], made[0]["apiArn"] + "/*"],
        },
        {"Effect": "Deny", "Action": "appsync:DeleteApi", "Resource": "*"},
    )
    own, other = (f"/v2/apis/{api['apiId']}" for api in made)
    assert (await keeper.ask("GET", own)).status_code == 200
    assert (await keeper.ask("POST", f"{own}/channelNamespaces", {"name": "news"})).status_code == 200
    assert (await keeper.ask("GET", f"{own}/channelNamespaces/news")).status_code == 200
    refused(await keeper.ask("GET", other), 403, "AccessDeniedException")
    refused(await keeper.ask("DELETE", own), 403, "AccessDeniedException")


async def test_a_right_that_is_taken_away_is_gone_at_once(admin: SignedHttp) -> None:
    passing = await new_user(admin, "passing", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert (await passing.ask("GET", "/v2/apis")).status_code == 200
    await admin.ask("DELETE", "/eventray/iam/users/passing/policies/own")
    refused(await passing.ask("GET", "/v2/apis"), 403, "AccessDeniedException")
    key = passing.credentials.access_key
    answer = await admin.ask("DELETE", f"/eventray/iam/users/passing/access-keys/{key}")
    assert answer.status_code == 200, answer.text
    refused(await passing.ask("GET", "/v2/apis"), 403, "UnrecognizedClientException")


async def test_conditions_see_the_request(admin: SignedHttp) -> None:
    condition = {"StringEquals": {"aws:RequestTag/team": "blue"}, "Bool": {"aws:SecureTransport": "false"}}
    tagger = await new_user(
        admin,
        "tagger",
        {"Effect": "Allow", "Action": "appsync:CreateApi", "Resource": "*", "Condition": condition},
    )
    for tags, status in (({"team": "blue"}, 200), ({"team": "red"}, 403), ({}, 403)):
        body = {"name": "tagged", "eventConfig": EVENT_CONFIG, **({"tags": tags} if tags else {})}
        assert (await tagger.ask("POST", "/v2/apis", body)).status_code == status, tags


# Browsers


async def test_a_browser_may_call_from_anywhere(
    service: Rig, admin: SignedHttp, http: httpx.AsyncClient
) -> None:
    asked = {"origin": "https://console.example.com", "access-control-request-method": "DELETE"}
    answer = await http.options(f"{service.control_url()}/v2/apis/a", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"GET", "POST", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(","))
    allowed = set(answer.headers["access-control-allow-headers"].split(","))
    assert allowed >= {
        "authorization",
        "content-type",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-security-token",
        "x-amz-user-agent",
        "amz-sdk-invocation-id",
        "amz-sdk-request",
    }
    for path in ("/v2/apis", "/v2/apis/none"):
        answer = await admin.ask("GET", path)
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = set(answer.headers["access-control-expose-headers"].split(","))
        assert exposed >= {"x-amzn-errortype", "x-amzn-requestid"}


# Around it


async def test_the_openapi_document_is_there_for_anybody(service: Rig, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{service.control_url()}/openapi.json")
    assert answer.status_code == 200
    assert {"get", "post"} <= set(answer.json()["paths"]["/v2/apis"])


async def test_requests_and_errors_are_counted(service: Rig, admin: SignedHttp) -> None:
    counters = service.gateways[0].counters
    before, errors = counters.management_requests, counters.errors["NotFoundException"]
    await admin.ask("GET", "/v2/apis")
    await admin.ask("GET", "/v2/apis/none")
    assert counters.management_requests == before + 2
    assert counters.errors["NotFoundException"] == errors + 1


async def test_without_the_directory_the_answer_is_503(tmp_path: Path, http: httpx.AsyncClient) -> None:
    async with running(tmp_path, gateways=1) as rig, SignedHttp(rig) as admin:
        assert rig.directory is not None
        await rig.directory.stop()
        rig.directory = None
        refused(await admin.ask("GET", "/v2/apis"), 503, "ServiceUnavailableException")
        answer = await http.post(
            rig.url(),
            content='{"channel": "/default/a", "events": ["1"]}',
            headers={"x-api-key": rig.api_key},
        )
        assert answer.status_code == 200, "events go on"
        rig.start_directory()
        await rig.until_ready()

        async def is_answered() -> bool:
            return (await admin.ask("GET", "/v2/apis")).status_code == 200

        await until(is_answered)
