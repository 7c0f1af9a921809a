"""Management calls on a control plane in memory, with a clock that stands and chance that repeats."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from eventray_core.control.calls import Call
from eventray_core.control.certificate_contents import ReadCertificate, read_no_certificate
from eventray_core.control.code import CodeError
from eventray_core.control.facts import Facts
from eventray_core.control.operations import match
from eventray_core.control.state import ControlState, Executed
from tests.support import aws_model

NOON = 1_800_014_400.0
"""A whole hour."""

MODES = [{"authType": "API_KEY"}]
EVENT_CONFIG: dict[str, Any] = {
    "authProviders": MODES,
    "connectionAuthModes": MODES,
    "defaultPublishAuthModes": MODES,
    "defaultSubscribeAuthModes": MODES,
}


class RepeatableBytes:
    """Bytes that are never the same twice, and the same in every run."""

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(f"{self._seed}{self._count}".encode()).digest(size)


@dataclass(frozen=True)
class Reply:
    """An answer, read."""

    status: int
    members: dict[str, Any]
    error: str | None

    @property
    def message(self) -> str:
        return str(self.members["message"])


class ControlCalls:
    """Executes and applies calls one after another, and looks whether all is well after each."""

    def __init__(
        self, facts: Facts | None = None, read_certificate: ReadCertificate = read_no_certificate
    ) -> None:
        self.state = ControlState(facts or Facts(port=8443), read_certificate)
        self.now = NOON
        self.random_bytes = RepeatableBytes()
        self.executed = Executed(answer=None)  # type: ignore[arg-type] # nothing was executed yet

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Iterable[tuple[str, str]] = (),
        code_errors: Sequence[CodeError] = (),
    ) -> Reply:
        found = match(method, path)
        assert found is not None, f"no operation: {method} {path}"
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        call = Call(operation=found.operation.name, path=found.path, query=tuple(query), body=raw)
        return self.execute(call, code_errors)

    def execute(self, call: Call, code_errors: Sequence[CodeError] = ()) -> Reply:
        self.executed = self.state.execute(call, self.now, self.random_bytes, code_errors)
        self.state.apply(self.executed.changes)
        self.state.check_invariants()
        answer = self.executed.answer
        reply = Reply(answer.status, json.loads(answer.body), answer.error_type)
        _check(call.operation, reply)
        return reply

    def good(self, method: str, path: str, body: Any = None, query: Iterable[tuple[str, str]] = ()) -> Any:
        """The members of an answer that is none of an error."""
        reply = self(method, path, body, query)
        assert (reply.status, reply.error) == (200, None), reply
        return reply.members

    def refused(self, method: str, path: str, body: Any = None, query: Iterable[tuple[str, str]] = ()) -> str:
        """The error's type of an answer, of a call that changes nothing."""
        reply = self(method, path, body, query)
        assert reply.error is not None, reply
        assert reply.members["__type"] == reply.error
        assert not self.executed.changes
        assert not self.executed.changed_apis
        assert not self.executed.removed_apis
        return reply.error

    @property
    def changed_apis(self) -> list[str]:
        """The APIs that the data plane must get anew after the last call."""
        return list(self.executed.changed_apis)

    def new_api(self, **members: Any) -> str:
        """The id of a new API."""
        body = {"name": "demo", "eventConfig": EVENT_CONFIG, **members}
        return str(self.good("POST", "/v2/apis", body)["api"]["apiId"])

    def new_namespace(self, api_id: str, name: str = "default", **members: Any) -> Any:
        path = f"/v2/apis/{api_id}/channelNamespaces"
        return self.good("POST", path, {"name": name, **members})["channelNamespace"]

    def new_data_source(self, api_id: str, name: str = "worker") -> Any:
        body = {"name": name, "type": "AWS_LAMBDA", "lambdaConfig": {"lambdaFunctionArn": "arn:f"}}
        return self.good("POST", f"/v1/apis/{api_id}/datasources", body)["dataSource"]

    def new_domain_name(self, name: str = "events.example.com", **members: Any) -> Any:
        body = {"domainName": name, "certificateArn": CERTIFICATE_ARN, **members}
        return self.good("POST", "/v1/domainnames", body)["domainNameConfig"]


def _check(operation: str, reply: Reply) -> None:
    """Raise unless AWS's SDKs understand the answer."""
    assert (reply.status == 200) == (reply.error is None)
    if not aws_model.is_known(operation):
        return
    if reply.error is None:
        aws_model.check_answer(operation, reply.members)
    else:
        aws_model.check_error(operation, reply.error)


CERTIFICATE_ARN = "arn:aws:acm:us-east-1:000000000000:certificate/4711"


def tags_path(arn: str) -> str:
    """Where an ARN's tags are, as the SDKs write it."""
    return f"/v1/tags/{quote(arn, safe='')}"
