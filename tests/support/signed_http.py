"""Management calls that boto3 has no name for, and those that are to go wrong: signed HTTP requests."""

import json
import time
from types import TracebackType
from typing import Any, Self

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.management import REGION, Managed
from tests.support.signing import clock_at


class SignedHttp:
    """Signs requests to the management API; with the administrator's keys unless there are others."""

    def __init__(self, service: Managed, credentials: Credentials | None = None) -> None:
        self.service = service
        self.credentials = credentials or Credentials(service.access_key_id, service.secret_access_key)
        self.http = httpx.AsyncClient(trust_env=False, timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    def with_keys(self, access_key_id: str, secret: str, token: str | None = None) -> "SignedHttp":
        """The same with other keys, over the same connections."""
        other = SignedHttp(self.service, Credentials(access_key_id, secret, token))
        other.http = self.http
        return other

    async def ask(
        self, method: str, path: str, body: Any = b"", now: float | None = None, gateway: int = 0
    ) -> httpx.Response:
        """Send one request; a body that is not bytes goes as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = self.service.control_url(gateway) + path
        headers = self.signed(method, url, content, now)
        return await self.http.request(method, url, headers=headers, content=content)

    def signed(self, method: str, url: str, content: bytes, now: float | None = None) -> dict[str, str]:
        """The headers of a request that is signed at a time."""
        request = AWSRequest(method, url, {"content-type": "application/json"}, content)
        with clock_at(now or time.time()):
            SigV4Auth(self.credentials, "appsync", REGION).add_auth(request)
        return dict(request.headers.items())

    async def get(self, path: str) -> Any:
        """The body of the answer to a request that succeeds."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, gateway: int = 0) -> Any:
        """The body of the answer to a request that succeeds."""
        answer = await self.ask("POST", path, body, gateway=gateway)
        assert answer.status_code == 200, answer.text
        return answer.json()
