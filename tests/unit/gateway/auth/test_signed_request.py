import hashlib
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import example, given
from hypothesis import strategies as st

from eventray_gateway.auth.signed_request import (
    SignedRequest,
    canonical_path,
    canonical_query,
    canonical_request,
)

SIGNER = SigV4Auth(Credentials("id", "secret"), "appsync", "us-east-1")


def request_of(url: str) -> AWSRequest:
    return AWSRequest("GET", url)


@given(st.text("a%2F/.~ +*:é", max_size=12).map("/".__add__))
@example("/ctl//v2/apis")
@example("/v1/tags/arn%3Aaws%3Aappsync%3Aus-east-1%3A123456789012%3Aapis%2Fabc")
@example("/v2/../apis/./x/")
def test_the_path_is_botocores(path: str) -> None:
    assert canonical_path(path) == SIGNER._normalize_url_path(path)


@given(st.text("ab=&%20", max_size=16))
@example("tagKeys=b&tagKeys=a%20c&a=")
def test_the_query_is_botocores(query: str) -> None:
    assert canonical_query(query) == SIGNER.canonical_query_string(request_of(f"http://host/x?{query}"))


def test_the_example_of_the_documentation_has_the_documented_hash() -> None:
    request = SignedRequest(
        "get",
        "/",
        "Action=ListUsers&Version=2010-05-08",
        [
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("Host", "iam.amazonaws.com"),
            ("X-Amz-Date", "20150830T123600Z"),
        ],
        b"",
    )
    text = canonical_request(request, ("content-type", "host", "x-amz-date"), request.joined_headers())
    digest = "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    assert hashlib.sha256(text.encode()).hexdigest() == digest


def test_headers_are_joined_and_squeezed() -> None:
    headers = [("A", "  x   y "), ("b", "1"), ("a", "z")]
    request = SignedRequest("GET", "/", "", headers, b"")
    assert request.joined_headers() == {"a": "x y,z", "b": "1"}
    assert request.header("a") == "  x   y "
    assert request.header("c") is None


def test_a_request_is_taken_from_a_scope_as_it_came() -> None:
    url = urlsplit("http://h/v1/tags/arn%3Aaws?tagKeys=%C3%A9")
    scope = {
        "method": "DELETE",
        "path": "/v1/tags/arn:aws",
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [(b"x", "é".encode()), (b"y", b"\xff")],
    }
    request = SignedRequest.of_scope(scope, b"body")
    assert request == SignedRequest(
        "DELETE", "/v1/tags/arn%3Aaws", "tagKeys=%C3%A9", [("x", "é"), ("y", "\udcff")], b"body"
    )
