"""Requests signed by botocore, as a server gets them."""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import boto3
import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials

from eventray_gateway.auth.signed_request import SignedRequest

REGION = "us-east-1"


@contextmanager
def clock_at(now: float) -> Iterator[None]:
    """botocore's clock stands still at that time."""
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    naive = moment.replace(tzinfo=None)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=naive):
        yield


def signed(
    now: float,
    credentials: Credentials,
    method: str = "POST",
    url: str = "http://localhost:8080/v2/apis",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> SignedRequest:
    """A request of one's own, signed by botocore."""
    request = AWSRequest(method, url, dict(headers or {}), body)
    with clock_at(now):
        SigV4Auth(credentials, "appsync", REGION).add_auth(request)
    return as_received(method, url, list(request.headers.items()), body)


def as_received(method: str, url: str, headers: list[tuple[str, str]], body: bytes) -> SignedRequest:
    """With the `Host` header that the HTTP client adds."""
    parts = urlsplit(url)
    if not any(name.lower() == "host" for name, _ in headers):
        headers = [("Host", parts.netloc), *headers]
    return SignedRequest(method, parts.path, parts.query, headers, body)


class Recorder:
    """A boto3 client whose requests end here: the last one is in `request`."""

    def __init__(self, credentials: Credentials, endpoint: str = "http://localhost:8080") -> None:
        self.request: SignedRequest | None = None
        self.client: Any = boto3.client(
            "appsync",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.client.meta.events.register("before-send.*.*", self._keep)

    def _keep(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        def text(value: str | bytes) -> str:
            return value.decode() if isinstance(value, bytes) else value

        headers = [(name, text(value)) for name, value in request.headers.items()]
        body = request.body or b""
        self.request = as_received(
            request.method, request.url, headers, body.encode() if isinstance(body, str) else body
        )
        return AWSResponse(request.url, 200, {}, _Empty())


class _Empty:
    """The raw body of an answer."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield b"{}"
