"""The mode AWS_IAM of the data plane: signed operations (data-plane specification, section 7.3).

An operation over WebSocket is signed as the POST request that would do it over HTTP, with the operation as
its body; what was signed is put together again from the message.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eventray_core.auth import Credentials, Operation
from eventray_core.control.arns import api_arn, namespace_arn
from eventray_core.control.facts import Facts
from eventray_core.iam import IamCatalog, Principal, Refusal, request_context
from eventray_gateway.auth.signed_request import SignedRequest
from eventray_gateway.auth.sigv4 import authenticate

PUBLISH_PATH = "/event"

ACTIONS = {
    Operation.CONNECT: "appsync:EventConnect",
    Operation.SUBSCRIBE: "appsync:EventSubscribe",
    Operation.PUBLISH: "appsync:EventPublish",
}

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation of a client, and where it came from; `namespace` is None for connecting."""

    operation: Operation
    api_id: str
    namespace: str | None
    source_ip: str
    secure: bool
    user_agent: str = ""


class IamMode:
    """Checks signed operations with what the gateway knows of users."""

    def __init__(self, users: IamCatalog, facts: Facts) -> None:
        self._users = users
        self._facts = facts

    def check(self, requests: Sequence[SignedRequest], asked: Asked, now: float) -> Principal | Refusal:
        """Who signed one of the requests, and may do what is asked; else why not.

        Of several possible requests one must have been signed; the first tells what is wrong if none was.
        """
        results = [authenticate(request, self._users, now) for request in requests]
        signed = next((result for result in results if isinstance(result, Principal)), None)
        return results[0] if signed is None else self.authorize(signed, asked, now) or signed

    def authorize(self, principal: Principal, asked: Asked, now: float) -> Refusal | None:
        """Whether a principal may do what is asked, by its policies as they are now."""
        moment = datetime.fromtimestamp(now, UTC)
        context = request_context(moment, self._facts.region, asked.source_ip, asked.secure, asked.user_agent)
        return self._users.authorize(principal, ACTIONS[asked.operation], [self._resource(asked)], context)

    def _resource(self, asked: Asked) -> str:
        if asked.namespace is None:
            return api_arn(self._facts, asked.api_id)
        return namespace_arn(self._facts, asked.api_id, asked.namespace)


def signed_operation(
    credentials: Credentials, body: bytes, paths: Sequence[str] = (PUBLISH_PATH,), hosts: Sequence[str] = ()
) -> list[SignedRequest]:
    """The requests that a client may have signed for an operation with these credentials.

    `paths` are those that the publish endpoint is reached by, `hosts` the names of the API besides the one
    that the credentials tell; names count with and without the port, since clients differ.
    """
    named = [*hosts, credentials.get("host", "")]
    names = dict.fromkeys([*named, *(without_port(name) for name in named)])
    headers = list(credentials.items())
    return [SignedRequest("POST", path, "", headers, body, tuple(names)) for path in paths]


def without_port(host: str) -> str:
    """A host name or address as it is without `:port`."""
    return re.sub(r":\d+$", "", host)


def connect_body() -> bytes:
    """What is signed for connecting."""
    return b"{}"


def subscribe_body(channel: str) -> bytes:
    """What is signed for subscribing to a channel, given as it was sent."""
    return stringify({"channel": channel})


def publish_body(channel: str, events: Sequence[str]) -> bytes:
    """What is signed for publishing over WebSocket; `events` are JSON texts as they were sent."""
    return stringify({"channel": channel, "events": list(events)})


def stringify(value: Any) -> bytes:
    """JSON as JavaScript's `JSON.stringify` writes it: compact, with nothing escaped that need not be.

    AWS itself is said to escape `<` and `>` here and then to refuse the signature; EventRay accepts it.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def identity_of(principal: Principal, source_ips: Sequence[str]) -> Mapping[str, Any]:
    """`ctx.identity` of a signed operation (section 7.8); what only Cognito's identity pools know is null."""
    return {
        "accountId": principal.account_id,
        "cognitoIdentityPoolId": None,
        "cognitoIdentityId": None,
        "sourceIp": list(source_ips),
        "username": principal.user_name,
        "userArn": principal.arn,
        "cognitoIdentityAuthType": None,
        "cognitoIdentityAuthProvider": None,
    }
