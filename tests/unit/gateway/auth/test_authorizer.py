"""The mode of the credentials must be one of those that the operation allows."""

import time

import pytest

from eventray_core.api import Api, ApiKey
from eventray_core.auth import Allowed, AuthMode, Denied, Operation
from eventray_core.channel import Channel
from eventray_core.namespace import ChannelNamespace
from eventray_gateway.auth.authorizer import FORBIDDEN, authenticate, authorize

KEY = ApiKey(key="da2-good", expires=int(time.time()) + 3600)
NAMESPACES = {
    "open": ChannelNamespace(name="open"),
    "read": ChannelNamespace(name="read", publish_auth_modes=(AuthMode.AWS_IAM,)),
    "write": ChannelNamespace(name="write", subscribe_auth_modes=(AuthMode.AWS_IAM,)),
}
API = Api(api_id="a", name="a", dns_id="a", created=1, namespaces=NAMESPACES, api_keys={KEY.key: KEY})
GOOD = {"x-api-key": KEY.key}


@pytest.mark.parametrize(
    ("operation", "namespace", "allowed"),
    [
        (Operation.SUBSCRIBE, "open", True),
        (Operation.PUBLISH, "open", True),
        (Operation.SUBSCRIBE, "read", True),
        (Operation.PUBLISH, "read", False),
        (Operation.SUBSCRIBE, "write", False),
        (Operation.PUBLISH, "write", True),
        (Operation.SUBSCRIBE, "unknown", False),
        (Operation.PUBLISH, "unknown", False),
    ],
)
def test_namespaces_may_allow_other_modes_than_their_api(
    operation: Operation, namespace: str, allowed: bool
) -> None:
    decision = authorize(API, operation, Channel.parse(f"/{namespace}/a"), GOOD)
    assert decision == (Allowed(AuthMode.API_KEY) if allowed else FORBIDDEN)


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"x-api-key": "da2-bad"},
        {"authorization": "AWS4-HMAC-SHA256 Credential=x"},
        {"authorization": "token"},
    ],
)
def test_no_good_credentials_is_unauthorized_wherever(credentials: dict[str, str]) -> None:
    assert isinstance(authenticate(API, credentials), Denied)
    decision = authorize(API, Operation.CONNECT, None, credentials)
    assert decision == Denied("You are not authorized to make this call.", 401)


def test_connecting_asks_for_the_apis_connection_modes() -> None:
    assert authorize(API, Operation.CONNECT, None, GOOD) == Allowed(AuthMode.API_KEY)
