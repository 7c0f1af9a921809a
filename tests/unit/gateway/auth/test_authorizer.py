"""The mode of the credentials must be one of those that the operation allows."""

import time
from typing import Any

import msgspec
import pytest

from eventray_core.api import Api, ApiKey
from eventray_core.auth import Allowed, AuthMode, Denied, Operation
from eventray_core.channel import Channel
from eventray_core.namespace import ChannelNamespace
from eventray_gateway.auth.authorizer import FORBIDDEN, authenticate, authorize, is_still_allowed

KEY = ApiKey(key="da2-good", expires=int(time.time()) + 3600)
NAMESPACES = {
    "open": ChannelNamespace(name="open"),
    "read": ChannelNamespace(name="read", publish_auth_modes=(AuthMode.AWS_IAM,)),
    "write": ChannelNamespace(name="write", subscribe_auth_modes=(AuthMode.AWS_IAM,)),
}
API = Api(api_id="a", name="a", dns_id="a", created=1, namespaces=NAMESPACES, api_keys={KEY.key: KEY})
GOOD = {"x-api-key": KEY.key}
ALLOWED = Allowed(AuthMode.API_KEY, api_key=KEY.key)


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
    assert decision == (ALLOWED if allowed else FORBIDDEN)


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
    assert authorize(API, Operation.CONNECT, None, GOOD) == ALLOWED


@pytest.mark.parametrize(
    ("change", "still"),
    [
        ({}, True),
        ({"api_keys": {}}, False),
        ({"api_keys": {KEY.key: ApiKey(key=KEY.key, expires=int(time.time()) - 1)}}, False),
        ({"namespaces": {}}, False),
        ({"default_subscribe_auth_modes": (AuthMode.AWS_IAM,)}, False),
        ({"default_publish_auth_modes": (AuthMode.AWS_IAM,)}, True),
    ],
)
def test_what_was_allowed_is_so_as_long_as_it_could_be_asked_for_again(
    change: dict[str, Any], still: bool
) -> None:
    api = msgspec.structs.replace(API, **change)
    channel = Channel.parse("/open/a")
    assert is_still_allowed(api, Operation.SUBSCRIBE, channel, ALLOWED, time.time()) is still


def test_a_mode_without_keys_lasts_as_long_as_it_is_one_of_the_apis() -> None:
    token = Allowed(AuthMode.AWS_LAMBDA)
    api = msgspec.structs.replace(API, connection_auth_modes=(AuthMode.AWS_LAMBDA,))
    assert is_still_allowed(api, Operation.CONNECT, None, token, 0)
    assert not is_still_allowed(API, Operation.CONNECT, None, token, 0)
