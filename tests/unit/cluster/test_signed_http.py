import time
from collections.abc import Iterator

import pytest
from botocore.credentials import Credentials
from tests.support.control_server import ControlServer, control_server

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.signed_http import RefusedError, SignedHttp
from eventray_core.iam import AccessKey, IamCatalog, IamUser, Principal
from eventray_gateway.auth.sigv4 import authenticate

ARN = "arn:aws:iam::000000000000:user/ada"
CATALOG = IamCatalog([IamUser(arn=ARN, access_keys=(AccessKey(access_key_id="AKIA", secret="s"),))])


@pytest.fixture
def server() -> Iterator[ControlServer]:
    with control_server() as running:
        yield running


@pytest.fixture
def http(server: ControlServer) -> SignedHttp:
    return SignedHttp(server.url + "/prefix/", Credentials("AKIA", "s"), "us-east-1")


def test_a_request_arrives_signed_and_encoded(server: ControlServer, http: SignedHttp) -> None:
    server.answer({"a": 1})
    assert http.call("POST", "x", "a/b c", body={"é": "ü"}, query={"q": "1 +/"}) == {"a": 1}
    (request,) = server.requests
    assert (request.method, request.path, request.query) == ("POST", "/prefix/x/a%2Fb%20c", "q=1%20%2B%2F")
    assert request.header("content-type") == "application/json"
    assert isinstance(authenticate(request, CATALOG, time.time()), Principal)


def test_a_request_without_a_body(server: ControlServer, http: SignedHttp) -> None:
    server.answer(b"")
    assert http.call("DELETE", "x") == {}
    (request,) = server.requests
    assert request.header("content-type") is None
    assert isinstance(authenticate(request, CATALOG, time.time()), Principal)


def test_a_list_is_read_page_by_page(server: ControlServer, http: SignedHttp) -> None:
    server.answer({"items": [1, 2], "nextToken": "a/+="})
    server.answer({"items": [3]})
    assert list(http.items("items", "x")) == [1, 2, 3]
    assert [request.query for request in server.requests] == ["", "nextToken=a%2F%2B%3D"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x_amzn_ErrorType": "NotFoundException:http://x"}, {"message": "Gone."}),
        ({}, {"__type": "NotFoundException", "Message": "Gone."}),
    ],
)
def test_a_refusal_says_why(
    server: ControlServer, http: SignedHttp, headers: dict[str, str], body: object
) -> None:
    server.answer(body, 404, **headers)
    with pytest.raises(RefusedError) as error:
        http.call("GET", "x")
    assert (error.value.error_type, error.value.message) == ("NotFoundException", "Gone.")
    assert str(error.value) == "NotFoundException: Gone."
    assert error.value.code == 1


def test_what_is_no_answer_of_ours_is_told_by_its_status(server: ControlServer, http: SignedHttp) -> None:
    server.answer(b"<html>", 404)
    with pytest.raises(RefusedError, match="HTTP 404"):
        http.call("GET", "x")


def test_a_server_that_fails_may_have_done_it(server: ControlServer, http: SignedHttp) -> None:
    server.answer({"message": "Later.", "__type": "ServiceUnavailableException"}, 503)
    with pytest.raises(UnreachableError, match=r"ServiceUnavailableException: Later\."):
        http.call("GET", "x")


def test_nobody_is_there() -> None:
    with control_server() as gone:
        url = gone.url
    with pytest.raises(UnreachableError, match="cannot be reached") as error:
        SignedHttp(url, Credentials("AKIA", "s"), "us-east-1").call("GET", "x")
    assert error.value.code == 3
