import json

import pytest
from botocore.credentials import Credentials as Keys
from hypothesis import given
from hypothesis import strategies as st
from tests.support.signing import signed

from eventray_core.auth import Credentials, Operation, credentials_from
from eventray_core.control.facts import Facts
from eventray_core.iam import AccessKey, IamCatalog, IamUser, Principal, Refusal
from eventray_gateway.auth.iam import (
    Asked,
    IamMode,
    connect_body,
    identity_of,
    publish_body,
    signed_operation,
    stringify,
    subscribe_body,
    without_port,
)

NOW = 1_769_860_800.0
ARN = "arn:aws:iam::000000000000:user/ada"
API = "arn:aws:appsync:us-east-1:000000000000:apis/abc"
HEADERS = {
    "accept": "application/json, text/javascript",
    "content-encoding": "amz-1.0",
    "content-type": "application/json; charset=UTF-8",
}
CHANNEL = "/news/é<>/*"


def mode(*statements: dict[str, object]) -> IamMode:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    keys = (
        AccessKey(access_key_id="AKIA", secret="s"),
        AccessKey(access_key_id="ASIA", secret="t", session_token="token", expires=int(NOW) + 9),
    )
    return IamMode(IamCatalog([IamUser(arn=ARN, access_keys=keys, policies={"p": document})]), Facts())


def allow(action: str, resource: str = "*") -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def shown(
    body: bytes, keys: Keys | None = None, url: str = "https://events.example.com/event"
) -> Credentials:
    """The authorization object that a client makes of the headers that botocore signed."""
    request = signed(NOW, keys or Keys("AKIA", "s"), url=url, headers=HEADERS, body=body)
    return credentials_from(dict(request.headers))


def asked(operation: Operation, namespace: str | None = "news") -> Asked:
    return Asked(operation, "abc", namespace, "192.0.2.7", secure=True)


OPERATIONS = [
    (Operation.CONNECT, None, connect_body()),
    (Operation.SUBSCRIBE, "news", subscribe_body(CHANNEL)),
    (Operation.PUBLISH, "news", publish_body(CHANNEL, ['{"x":"<é>"}', '"\\ud83d"'])),
]


@pytest.mark.parametrize(("operation", "namespace", "body"), OPERATIONS)
@pytest.mark.parametrize("keys", [None, Keys("ASIA", "t", "token")])
def test_signed_operations_are_accepted(
    operation: Operation, namespace: str | None, body: bytes, keys: Keys | None
) -> None:
    requests = signed_operation(shown(body, keys), body)
    result = mode(allow("appsync:Event*")).check(requests, asked(operation, namespace), NOW)
    assert isinstance(result, Principal), result
    assert result.arn == ARN


def test_a_signature_for_one_channel_is_none_for_another() -> None:
    requests = signed_operation(shown(subscribe_body("/news/a")), subscribe_body("/news/b"))
    result = mode(allow("*")).check(requests, asked(Operation.SUBSCRIBE), NOW)
    assert isinstance(result, Refusal)
    assert result.error_type == "InvalidSignatureException"
    assert "POST\n/event\n\naccept:application/json, text/javascript\n" in result.message


@pytest.mark.parametrize(
    ("signed_host", "told_host", "hosts"),
    [
        ("127.0.0.1:8080", "127.0.0.1:8080", []),
        ("events.example.com", "events.example.com:8443", []),
        ("abc.appsync-api.localhost", "abc.appsync-realtime-api.localhost", ["abc.appsync-api.localhost"]),
        ("abc.appsync-api.localhost", "other:1", ["abc.appsync-api.localhost:8080"]),
    ],
)
def test_the_host_counts_with_and_without_its_port(
    signed_host: str, told_host: str, hosts: list[str]
) -> None:
    body = connect_body()
    credentials = {**shown(body, url=f"https://{signed_host}/event"), "host": told_host}
    requests = signed_operation(credentials, body, hosts=hosts)
    result = mode(allow("*")).check(requests, asked(Operation.CONNECT, None), NOW)
    assert isinstance(result, Principal)


def test_any_path_of_the_endpoint_may_have_been_signed() -> None:
    body = connect_body()
    credentials = shown(body, url="https://h/apis/abc/event")
    good = signed_operation(credentials, body, ["/event", "/apis/abc/event"])
    assert isinstance(mode(allow("*")).check(good, asked(Operation.CONNECT, None), NOW), Principal)
    bad = signed_operation(credentials, body, ["/event", "/apis/xyz/event"])
    assert isinstance(mode(allow("*")).check(bad, asked(Operation.CONNECT, None), NOW), Refusal)


@pytest.mark.parametrize(
    ("statement", "operation", "namespace", "good"),
    [
        (allow("appsync:EventConnect", API), Operation.CONNECT, None, True),
        (allow("appsync:EventConnect", f"{API}/*"), Operation.CONNECT, None, False),
        (allow("appsync:EventPublish", f"{API}/channelNamespace/news"), Operation.PUBLISH, "news", True),
        (allow("appsync:EventPublish", f"{API}/channelNamespace/news"), Operation.PUBLISH, "other", False),
        (allow("appsync:EventPublish", f"{API}/*"), Operation.SUBSCRIBE, "news", False),
        (allow("appsync:EventSubscribe", f"{API}/*"), Operation.SUBSCRIBE, "news", True),
        (allow("appsync:CreateApi"), Operation.PUBLISH, "news", False),
    ],
)
def test_policies_allow_operations_on_an_api_or_a_namespace(
    statement: dict[str, object], operation: Operation, namespace: str | None, good: bool
) -> None:
    requests = signed_operation(shown(connect_body()), connect_body())
    result = mode(statement).check(requests, asked(operation, namespace), NOW)
    assert isinstance(result, Principal) is good
    if isinstance(result, Refusal):
        assert result.error_type == "AccessDeniedException"


def test_conditions_know_where_an_operation_comes_from() -> None:
    near = allow("*") | {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    far = allow("*") | {"Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}
    requests = signed_operation(shown(connect_body()), connect_body())
    assert isinstance(mode(near).check(requests, asked(Operation.CONNECT, None), NOW), Principal)
    assert isinstance(mode(far).check(requests, asked(Operation.CONNECT, None), NOW), Refusal)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"channel": "/a/<é>/"}, '{"channel":"/a/<é>/"}'),
        (['\x00\x1f\n\t"\\/\x7f\u2028'], '["\\u0000\\u001f\\n\\t\\"\\\\/\x7f\u2028"]'),
        (["\ud83d", "\U0001f600"], '["\\ud83d","\U0001f600"]'),
    ],
)
def test_json_is_written_as_javascript_writes_it(value: object, text: str) -> None:
    assert stringify(value) == text.encode()


@given(st.text(), st.lists(st.text(), max_size=3))
def test_what_is_signed_is_always_the_message(channel: str, events: list[str]) -> None:
    assert json.loads(publish_body(channel, events)) == {"channel": channel, "events": events}
    assert json.loads(subscribe_body(channel)) == {"channel": channel}


@pytest.mark.parametrize(
    ("host", "bare"), [("a.b:80", "a.b"), ("a.b", "a.b"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("", "")]
)
def test_ports_are_taken_off(host: str, bare: str) -> None:
    assert without_port(host) == bare


def test_the_identity_that_handlers_see() -> None:
    assert identity_of(Principal(ARN, "000000000000", "ada", "AKIA"), ["192.0.2.7"]) == {
        "accountId": "000000000000",
        "cognitoIdentityPoolId": None,
        "cognitoIdentityId": None,
        "sourceIp": ["192.0.2.7"],
        "username": "ada",
        "userArn": ARN,
        "cognitoIdentityAuthType": None,
        "cognitoIdentityAuthProvider": None,
    }
