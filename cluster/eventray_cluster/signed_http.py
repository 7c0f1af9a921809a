"""Requests to EventRay's own part of the management API, signed as AWS's clients sign theirs."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.errors import CommandError

SERVICE = "appsync"
"""The name in the signature, the same as for AWS's operations."""

TIMEOUT_S = 30


class RefusedError(CommandError):
    """The server has refused a request; `error_type` is AWS's name for why."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(error_type, message)
        self.error_type = error_type
        self.message = message

    def __str__(self) -> str:
        return f"{self.error_type}: {self.message}"


class SignedHttp:
    """Sends signed requests with JSON bodies; `ca_file` is trusted instead of the system's certificates."""

    def __init__(self, url: str, credentials: Credentials, region: str, ca_file: Path | None = None) -> None:
        self._url = url.rstrip("/")
        self._signer = SigV4Auth(credentials, SERVICE, region)
        # Proxies of the environment are for the world outside; credentials and tables are for this server.
        self._session = URLLib3Session(
            verify=str(ca_file) if ca_file else True, proxies={}, timeout=TIMEOUT_S
        )

    def call(
        self,
        method: str,
        *segments: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The answer to a request to a path of these segments.

        Raises `RefusedError`, or `UnreachableError` when it is not known what became of the request.
        """
        path = "".join("/" + quote(segment, safe="") for segment in segments)
        if query:
            path += "?" + urlencode(query, quote_via=quote)
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        request = AWSRequest(method, self._url + path, headers, data)
        self._signer.add_auth(request)
        try:
            response = self._session.send(request.prepare())
        except BotoCoreError as error:
            raise UnreachableError(f"The server cannot be reached: {error}") from None
        answer = _object(response.content)
        if response.status_code < 300:
            return answer
        raise _error(response.status_code, response.headers, answer)

    def items(self, name: str, *segments: str) -> Iterator[Any]:
        """The entries of a list, page by page."""
        query: dict[str, str] = {}
        while True:
            answer = self.call("GET", *segments, query=query)
            yield from answer.get(name, [])
            if not answer.get("nextToken"):
                return
            query = {"nextToken": answer["nextToken"]}


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _error(status: int, headers: Mapping[str, str], answer: Mapping[str, Any]) -> CommandError:
    error_type = headers.get("x-amzn-ErrorType", answer.get("__type", f"HTTP {status}")).split(":")[0]
    message = str(answer.get("message", answer.get("Message", "")))
    if status >= 500:
        return UnreachableError(f"{error_type}: {message}")
    return RefusedError(error_type, message)
