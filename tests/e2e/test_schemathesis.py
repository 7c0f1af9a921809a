"""schemathesis over the server's own OpenAPI document: whatever it makes up, there is no server error."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from requests.auth import AuthBase
from schemathesis.checks import not_a_server_error

from eventray_core.control.operations import OPERATIONS, Operation
from tests.support.other_process import Elsewhere, serving
from tests.support.signed_http import SignedHttp


class Signature(AuthBase):
    """Signs what schemathesis sends as it goes out."""

    def __init__(self, signer: SignedHttp) -> None:
        self._signer = signer

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        assert isinstance(body, bytes | str)
        content = body if isinstance(body, bytes) else body.encode()
        request.headers.update(self._signer.signed(str(request.method), str(request.url), content, None))
        return request


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    # Making requests up keeps a process busy for longer than a service may stand still.
    with serving(tmp_path_factory.mktemp("data")) as elsewhere:
        yield elsewhere


@pytest.fixture(scope="module")
def signature(service: Elsewhere) -> Signature:
    return Signature(SignedHttp(service))


@pytest.fixture(scope="module")
def schema(service: Elsewhere) -> Any:
    return schemathesis.openapi.from_url(f"{service.control_url()}/openapi.json")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_no_server_error(operation: Operation, schema: Any, service: Elsewhere, signature: Signature) -> None:
    strategy = schema[operation.path.replace("+}", "}")][operation.method].as_strategy()

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=strategy)
    def call(case: Any) -> None:
        case.call_and_validate(base_url=service.control_url(), auth=signature, checks=[not_a_server_error])

    call()
