"""schemathesis over the server's own OpenAPI document: whatever it makes up, there is no server error."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from requests.auth import AuthBase
from schemathesis.checks import not_a_server_error

from eventray_core.control.operations import OPERATIONS, Operation
from tests.support.rig import Rig, running
from tests.support.signed_http import SignedHttp

PATIENCE = 60


class Signature(AuthBase):
    """Signs what schemathesis sends as it goes out."""

    def __init__(self, signer: SignedHttp) -> None:
        self._signer = signer

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        content = body if isinstance(body, bytes) else body.encode()
        request.headers.update(self._signer.signed(str(request.method), str(request.url), content, None))
        return request


class Serving:
    """A service on an event loop in a thread of its own: schemathesis waits for its answers."""

    def __init__(self, data_dir: Path) -> None:
        self.rig: Rig | None = None
        self._data_dir = data_dir
        self._is_up = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])

    async def _serve(self) -> None:
        async with running(self._data_dir, gateways=1) as self.rig:
            self._is_up.set()
            await self._over.wait()

    def __enter__(self) -> Rig:
        self._thread.start()
        assert self._is_up.wait(PATIENCE)
        assert self.rig is not None
        return self.rig

    def __exit__(self, *details: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE)
        self._loop.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Serving(tmp_path_factory.mktemp("data")) as rig:
        yield rig


@pytest.fixture(scope="module")
def signature(service: Rig) -> Signature:
    return Signature(SignedHttp(service))


@pytest.fixture(scope="module")
def schema(service: Rig) -> Any:
    return schemathesis.openapi.from_url(f"{service.control_url()}/openapi.json")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_no_server_error(operation: Operation, schema: Any, service: Rig, signature: Signature) -> None:
    strategy = schema[operation.path.replace("+}", "}")][operation.method].as_strategy()

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=strategy)
    def call(case: Any) -> None:
        case.call_and_validate(base_url=service.control_url(), auth=signature, checks=[not_a_server_error])

    call()
