"""Who may do what: the types, and the choice of a mode by the shape of the credentials."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Credentials = Mapping[str, str]
"""What was shown, with lower-case keys: an authorization object or the headers of a request."""

Identity = Mapping[str, Any] | None
"""`ctx.identity` (data-plane specification, section 7.8); None for an API key."""


class AuthMode(enum.StrEnum):
    """AppSync's authorization types."""

    API_KEY = "API_KEY"
    AWS_IAM = "AWS_IAM"
    AMAZON_COGNITO_USER_POOLS = "AMAZON_COGNITO_USER_POOLS"
    OPENID_CONNECT = "OPENID_CONNECT"
    AWS_LAMBDA = "AWS_LAMBDA"


class Operation(enum.StrEnum):
    """What is asked for; the values are those an authorizer function sees."""

    CONNECT = "EVENT_CONNECT"
    SUBSCRIBE = "EVENT_SUBSCRIBE"
    PUBLISH = "EVENT_PUBLISH"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The credentials are good for the operation."""

    mode: AuthMode
    identity: Identity = None
    api_key: str | None = None
    """The key, where that is the mode: what it allowed ends with it."""


@dataclass(frozen=True, slots=True)
class Denied:
    """They are not. `message` None where AWS sends none; `status` is that of an HTTP answer."""

    message: str | None = None
    status: int = 401


Decision = Allowed | Denied

NOT_AUTHORIZED = "You are not authorized to make this call."


def credentials_from(pairs: Mapping[Any, Any]) -> Credentials:
    """Lower-case the keys (clients differ in case) and leave out what is not text."""
    return {k.lower(): v for k, v in pairs.items() if isinstance(k, str) and isinstance(v, str)}


def select_mode(credentials: Credentials) -> AuthMode | None:
    """The mode that the credentials' shape tells (section 7.7); None without credentials.

    With both a key and an `Authorization`, the key wins (unverified on AWS). Whether a JWT is
    Cognito's or another provider's is told by its issuer, which is not looked at here.
    """
    if "x-api-key" in credentials:
        return AuthMode.API_KEY
    authorization = credentials.get("authorization", "")
    if not authorization:
        return None
    if authorization.startswith("AWS4-HMAC-SHA256"):
        return AuthMode.AWS_IAM
    token = authorization.removeprefix("Bearer ")
    if token.count(".") == 2 and token.startswith("eyJ"):
        return AuthMode.OPENID_CONNECT
    return AuthMode.AWS_LAMBDA
