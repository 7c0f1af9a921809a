import pytest

from eventray_core.auth import (
    Allowed,
    AuthMode,
    Credentials,
    Denied,
    Operation,
    credentials_from,
    select_mode,
)

MODES: list[tuple[Credentials, AuthMode | None]] = [
    ({}, None),
    ({"host": "localhost"}, None),
    ({"authorization": ""}, None),
    ({"x-api-key": "da2-abc"}, AuthMode.API_KEY),
    ({"x-api-key": ""}, AuthMode.API_KEY),
    ({"x-api-key": "da2-abc", "authorization": "token"}, AuthMode.API_KEY),
    ({"authorization": "AWS4-HMAC-SHA256 Credential=…"}, AuthMode.AWS_IAM),
    ({"authorization": "eyJhbGciOi.eyJzdWIi.c2ln"}, AuthMode.OPENID_CONNECT),
    ({"authorization": "Bearer eyJhbGciOi.eyJzdWIi.c2ln"}, AuthMode.OPENID_CONNECT),
    ({"authorization": "eyJhbGciOi.eyJzdWIi"}, AuthMode.AWS_LAMBDA),
    ({"authorization": "my.own.token"}, AuthMode.AWS_LAMBDA),
    ({"authorization": "opaque"}, AuthMode.AWS_LAMBDA),
]


@pytest.mark.parametrize(("credentials", "mode"), MODES)
def test_the_shape_of_credentials_tells_their_mode(credentials: Credentials, mode: AuthMode | None) -> None:
    assert select_mode(credentials) is mode


def test_credentials_are_text_under_lower_case_keys() -> None:
    shown = {"Authorization": "a", "X-Api-Key": "b", "host": "c", "expires": 7, "none": None, 8: "d"}
    assert credentials_from(shown) == {"authorization": "a", "x-api-key": "b", "host": "c"}


def test_operations_are_called_as_an_authorizer_sees_them() -> None:
    assert [operation.value for operation in Operation] == [
        "EVENT_CONNECT",
        "EVENT_SUBSCRIBE",
        "EVENT_PUBLISH",
    ]


def test_a_denial_says_nothing_more_unless_told() -> None:
    assert (Denied().message, Denied().status) == (None, 401)


def test_an_api_key_has_no_identity() -> None:
    assert Allowed(AuthMode.API_KEY).identity is None
