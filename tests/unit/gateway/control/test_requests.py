"""HTTP requests to calls."""

from typing import Any

import pytest

from eventray_core.control.facts import Facts
from eventray_core.control.operations import match
from eventray_gateway.control import requests


def scope(path: str, query: str = "", **more: Any) -> dict[str, Any]:
    return {
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode(),
        "headers": [(b"user-agent", b"tool/1")],
        "scheme": "http",
        "client": ("10.0.0.1", 1234),
        **more,
    }


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/v1/apis", True),
        ("//v2//apis", True),
        ("/v2", True),
        ("/eventray/iam/users", True),
        ("/event", False),
        ("/apis/a/event", False),
        ("/v3/apis", False),
        ("/", False),
        ("", False),
    ],
)
def test_which_paths_are_the_management_apis(path: str, ours: bool) -> None:
    assert requests.is_management(path) is ours


def test_the_methods_of_a_path() -> None:
    assert requests.methods_of("/v2/apis") == ["GET", "POST"]
    assert requests.methods_of("/v2/apis/a") == ["GET", "POST", "DELETE"]
    assert requests.methods_of("/v2/nothing") == []


def test_a_call_has_the_query_in_its_order_and_decoded() -> None:
    path = "/v1/tags/arn%3Aaws%3Aapis%2Fa"
    found = match("DELETE", path)
    assert found is not None
    call = requests.call_of(found, scope(path, "tagKeys=b&tagKeys=a%20c&empty="), b"body", "arn:me")
    assert call.operation == "UntagResource"
    assert call.path == {"resourceArn": "arn:aws:apis/a"}
    assert call.query == (("tagKeys", "b"), ("tagKeys", "a c"), ("empty", ""))
    assert (call.body, call.principal) == (b"body", "arn:me")


@pytest.mark.parametrize(("scheme", "secure"), [("http", "false"), ("https", "true")])
def test_what_conditions_can_ask(scheme: str, secure: str) -> None:
    found = match("GET", "/v2/apis")
    assert found is not None
    asked = scope("/v2/apis", scheme=scheme)
    context = requests.context_of(
        requests.call_of(found, asked, b"", "arn:me"), asked, Facts(region="eu-west-1"), 0.0
    )
    assert context["aws:sourceip"] == ("10.0.0.1",)
    assert context["aws:securetransport"] == (secure,)
    assert context["aws:requestedregion"] == ("eu-west-1",)
    assert context["aws:useragent"] == ("tool/1",)
    nobody = requests.context_of(
        requests.call_of(found, asked, b"", ""), {**asked, "client": None}, Facts(), 0.0
    )
    assert nobody["aws:sourceip"] == ()
