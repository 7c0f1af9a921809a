from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from tests.support.signing import Recorder, clock_at, signed

from eventray_core.iam import AccessKey, IamCatalog, IamUser, Principal, Refusal
from eventray_gateway.auth.signed_request import canonical_path
from eventray_gateway.auth.sigv4 import SignedRequest, authenticate, signing_key

NOW = 1_769_860_800.0
ARN = "arn:aws:iam::123456789012:user/ada"
API = "arn:aws:appsync:us-east-1:123456789012:apis/abcdefghijklmnopqrstuvwxyz"
KEYS = (
    AccessKey(access_key_id="AKIAGOOD", secret="secret/+one"),
    AccessKey(access_key_id="AKIAOFF", secret="secret/+two", active=False),
    AccessKey(access_key_id="test", secret="test", local_only=True),
    AccessKey(access_key_id="ASIATEMP", secret="three", session_token="tok/en==", expires=int(NOW) + 60),
)
CATALOG = IamCatalog([IamUser(arn=ARN, access_keys=KEYS)])
GOOD, OFF = (Credentials(key.access_key_id, key.secret) for key in KEYS[:2])
TEMPORARY = Credentials("ASIATEMP", "three", "tok/en==")


def check(request: SignedRequest | None, now: float = NOW) -> Principal | Refusal:
    assert request is not None
    return authenticate(request, CATALOG, now)


def error_type(result: Principal | Refusal) -> str:
    assert isinstance(result, Refusal), result
    return result.error_type


MODES = [{"authType": "API_KEY"}]
CONFIG = {
    "authProviders": MODES,
    "connectionAuthModes": MODES,
    "defaultPublishAuthModes": MODES,
    "defaultSubscribeAuthModes": MODES,
}
CALLS: dict[str, Callable[[Recorder], object]] = {
    "post with a body": lambda r: r.client.create_api(name="é ~ +", eventConfig=CONFIG, tags={"a": "b"}),
    "get": lambda r: r.client.get_api(apiId="abc"),
    "get with a query": lambda r: r.client.list_apis(maxResults=5, nextToken="a/b+c=="),
    "delete": lambda r: r.client.delete_channel_namespace(apiId="abc", name="news-1"),
    "arn in the path": lambda r: r.client.tag_resource(resourceArn=API, tags={"k": "v"}),
    "repeated query keys": lambda r: r.client.untag_resource(resourceArn=API, tagKeys=["b", "a c", "ä"]),
    "post without a body": lambda r: r.client.create_api_key(apiId="abc"),
}


@pytest.fixture(scope="module", params=["plain", "session token", "path prefix", "https"])
def recorder(request: pytest.FixtureRequest) -> Recorder:
    credentials = TEMPORARY if request.param == "session token" else GOOD
    endpoints = {"path prefix": "http://127.0.0.1:8080/ctl//x/", "https": "https://events.example.com"}
    return Recorder(credentials, endpoints.get(request.param, "http://localhost:8080"))


@pytest.mark.parametrize("call", CALLS)
def test_what_boto3_signs_is_accepted(recorder: Recorder, call: str) -> None:
    with clock_at(NOW):
        CALLS[call](recorder)
    result = check(recorder.request)
    assert isinstance(result, Principal), result
    assert (result.arn, result.user_name) == (ARN, "ada")


JS_HEADERS = {
    "amz-sdk-invocation-id": "6c2f2b0a-0000-4000-8000-000000000000",
    "amz-sdk-request": "attempt=1; max=3",
    "content-length": "2",
    "content-type": "application/json",
    "x-amz-content-sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "x-amz-user-agent": "aws-sdk-js/3.1141.0 api/appsync",
}


def test_what_the_sdk_for_javascript_signs_is_accepted() -> None:
    request = signed(NOW, GOOD, url="http://localhost:8080/ctl//v2/apis", headers=JS_HEADERS, body=b"{}")
    assert "amz-sdk-request;content-length;" in str(request.header("authorization"))
    assert isinstance(check(request), Principal)


def test_the_signature_that_clients_make_for_a_subscription_is_accepted() -> None:
    headers = {"accept": "application/json, text/javascript", "content-encoding": "amz-1.0"}
    body = b'{"channel":"/default/<\xc3\xa9>"}'
    request = signed(NOW, TEMPORARY, url="https://events.example.com/event", headers=headers, body=body)
    assert isinstance(check(request), Principal)
    assert (
        error_type(check(replace(request, body=body.replace(b"<", b"\\u003c"))))
        == "InvalidSignatureException"
    )


def test_another_host_may_have_been_signed_if_the_caller_says_so() -> None:
    request = signed(NOW, GOOD, url="https://events.example.com:8443/event")
    moved = replace(request, headers=[("host", "10.0.0.1"), *request.headers[1:]])
    assert error_type(check(moved)) == "InvalidSignatureException"
    named = replace(moved, hosts=("events.example.com", "events.example.com:8443"))
    assert isinstance(check(named), Principal)


BASE = signed(
    NOW,
    GOOD,
    url="http://localhost:8080/v1/tags/arn%3Aaws?b=2&a=1",
    headers={"content-type": "application/json", "x-amz-meta": "one  two"},
    body=b'{"tags":{}}',
)


def with_header(name: str, value: str | None) -> SignedRequest:
    others = [(k, v) for k, v in BASE.headers if k.lower() != name]
    return replace(BASE, headers=others if value is None else [*others, (name, value)])


def test_what_means_the_same_is_accepted() -> None:
    assert isinstance(check(BASE), Principal)
    assert isinstance(check(replace(BASE, query="a=1&b=2", path="//v1/./tags/arn%3Aaws")), Principal)
    assert isinstance(check(with_header("x-amz-meta", " one two ")), Principal)
    assert isinstance(check(with_header("x-unsigned", "anything")), Principal)


@pytest.mark.parametrize(
    "altered",
    [
        replace(BASE, method="PUT"),
        replace(BASE, path="/v1/tags/arn:aws"),
        replace(BASE, path="/v1/tags/arn%3aaws"),
        replace(BASE, path="/v1/tags/arn%3Aaws/"),
        replace(BASE, query="a=1&b=3"),
        replace(BASE, query="a=1"),
        replace(BASE, query="a=1&b=2&c="),
        replace(BASE, body=b'{"tags": {}}'),
        replace(BASE, body=b""),
        with_header("host", "localhost:8081"),
        with_header("content-type", "text/plain"),
        with_header("content-type", None),
        with_header("x-amz-meta", "onetwo"),
        with_header("x-amz-date", "20260131T120001Z"),
        replace(BASE, headers=[*BASE.headers, ("x-amz-meta", "more")]),
        replace(BASE, headers=[*BASE.headers, ("host", "other")]),
        with_header("x-amz-content-sha256", "0" * 64),
        with_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ],
)
def test_what_was_altered_is_refused(altered: SignedRequest) -> None:
    result = check(altered)
    assert isinstance(result, Refusal)
    assert (result.status, result.error_type) == (403, "InvalidSignatureException")


def test_a_body_without_a_signature_is_refused_even_if_that_was_signed() -> None:
    request = signed(NOW, GOOD, headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, body=b"{}")
    result = check(request)
    assert isinstance(result, Refusal)
    assert "The payload must be signed" in result.message


def test_the_date_header_alone_will_do_and_counts() -> None:
    request = signed(NOW, GOOD, headers={"Date": "any"})
    assert request.header("x-amz-date") is None
    assert isinstance(check(request), Principal)
    later = [(k, v.replace("12:00:00", "12:00:01")) for k, v in request.headers]
    assert error_type(check(replace(request, headers=later))) == "InvalidSignatureException"


@pytest.mark.parametrize("skew", [-301, 301])
def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_refused(skew: int) -> None:
    assert isinstance(check(signed(NOW + skew + (1 if skew < 0 else -1), GOOD)), Principal)
    assert error_type(check(signed(NOW + skew, GOOD))) == "InvalidSignatureException"


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials("AKIANOBODY", "secret/+one"),
        OFF,
        Credentials("AKIAGOOD", "secret/+one", "token"),
        Credentials("ASIATEMP", "three"),
        Credentials("ASIATEMP", "three", "tok/en="),
    ],
    ids=["unknown", "inactive", "needless token", "no token", "wrong token"],
)
def test_keys_that_are_not_known(credentials: Credentials) -> None:
    assert check(signed(NOW, credentials)) == Refusal(
        403, "UnrecognizedClientException", "The security token included in the request is invalid."
    )


@pytest.mark.parametrize(
    ("host", "origin", "good"),
    [
        ("localhost:8080", None, True),
        ("127.0.0.1", None, True),
        ("[::1]:8080", None, True),
        ("abc.appsync-api.localhost", None, True),
        ("localhost", "http://localhost:5173", True),
        ("localhost", "https://127.0.0.1", True),
        ("localhost", "https://example.com", False),
        ("localhost", "https://localhost.example.com", False),
        ("localhost", "null", False),
        ("localhost", "http://[", False),
        ("rebound.example.com:8080", None, False),
        ("rebound.example.com:8080", "http://rebound.example.com:8080", False),
        ("192.0.2.1", None, False),
        ("[::1", None, False),
    ],
)
def test_the_key_for_development_is_good_only_here_and_not_for_foreign_pages(
    host: str, origin: str | None, good: bool
) -> None:
    headers = {"host": host} if origin is None else {"host": host, "origin": origin}
    result = check(signed(NOW, Credentials("test", "test"), headers=headers))
    if good:
        assert isinstance(result, Principal)
    else:
        assert error_type(result) == "UnrecognizedClientException"
    other = signed(NOW, GOOD, headers=headers)
    assert isinstance(check(other), Principal)


def test_a_temporary_key_ends() -> None:
    assert error_type(check(signed(NOW + 60, TEMPORARY), NOW + 60)) == "ExpiredTokenException"
    assert isinstance(check(signed(NOW + 59, TEMPORARY), NOW + 59), Principal)


def test_a_wrong_secret_is_told_what_should_have_been_signed_but_no_credential() -> None:
    request = signed(NOW, Credentials("ASIATEMP", "wrong", "tok/en=="), "GET", "http://h/v2/apis?x=1")
    result = check(request)
    assert isinstance(result, Refusal)
    assert result.message.startswith(
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details.\n\n"
        "The Canonical String for this request should have been\n'GET\n/v2/apis\nx=1\nhost:h\n"
        "x-amz-date:20260131T120000Z\nx-amz-security-token:(withheld)\n\n"
        "host;x-amz-date;x-amz-security-token\ne3b0c442"
    )
    assert "AWS4-HMAC-SHA256\n20260131T120000Z\n20260131/us-east-1/appsync/aws4_request\n" in result.message
    assert "tok/en" not in result.message


def test_no_header_at_all() -> None:
    result = check(SignedRequest("GET", "/v2/apis", "", [("host", "h")], b""))
    assert error_type(result) == "MissingAuthenticationTokenException"


def test_messages_can_be_written_whatever_was_sent() -> None:
    request = replace(BASE, path="/\udcff", headers=[*BASE.headers, ("x-amz-meta", "\udcfe")])
    result = check(request)
    assert isinstance(result, Refusal)
    assert result.message.encode()


def test_the_key_of_the_documentations_example() -> None:
    key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_signing_keys_are_kept_and_never_too_many() -> None:
    for number in range(3_000):
        signing_key("secret", "20260131", f"r{number}", "appsync")
    assert signing_key.cache_info().currsize <= 1_024


SEGMENTS = st.lists(st.text(min_size=1, max_size=4).map(lambda t: quote(t, safe="")), max_size=4)
PAIRS = st.lists(st.tuples(*[st.text(max_size=3).map(lambda t: quote(t, safe=""))] * 2), max_size=4)
VALUES = st.text("ab ,;=/\u00e9", max_size=8)
NAMES = st.sampled_from(["x-a", "x-b", "content-type", "accept"])
REQUESTS = st.tuples(
    st.sampled_from(["GET", "POST", "DELETE"]),
    SEGMENTS.map(lambda s: "http://h:1/" + "/".join(s)),
    PAIRS.map(lambda p: "?" + "&".join(f"{k}={v}" for k, v in p)),
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.binary(max_size=20),
    st.sampled_from([GOOD, TEMPORARY]),
)


@given(REQUESTS)
def test_whatever_botocore_signs_is_accepted(
    made: tuple[str, str, str, dict[str, str], bytes, Credentials],
) -> None:
    method, url, query, headers, body, credentials = made
    request = signed(NOW, credentials, method, url + query, headers, body)
    assert isinstance(check(request), Principal)


@given(REQUESTS, REQUESTS, st.sampled_from(["method", "path", "query", "body"]))
def test_a_signature_is_for_one_request(
    made: tuple[str, str, str, dict[str, str], bytes, Credentials],
    other: tuple[str, str, str, dict[str, str], bytes, Credentials],
    part: str,
) -> None:
    mine, its = (signed(NOW, r[5], r[0], r[1] + r[2], r[3], r[4]) for r in (made, other))
    mixed = replace(mine, **{part: getattr(its, part)})
    assert isinstance(check(mixed), Principal) is (_meaning(mixed) == _meaning(mine))


def _meaning(request: SignedRequest) -> tuple[object, ...]:
    query = sorted(tuple(pair.partition("=")[::2]) for pair in request.query.split("&") if request.query)
    return request.method, canonical_path(request.path), query, request.body


AUTHORIZATION = st.text("AWS4-HMACSHA256 Credential=,SignedHeaders=host;Signature=/\udcff", max_size=60)


@given(AUTHORIZATION, st.text(max_size=20), st.text(max_size=20))
def test_no_header_breaks_the_check(authorization: str, date: str, more: str) -> None:
    for text in (authorization, f"AWS4-HMAC-SHA256 {authorization}", f"{BASE.header('authorization')}{more}"):
        headers = [("authorization", text), ("x-amz-date", date or "20260131T120000Z"), ("host", "h")]
        assert isinstance(check(replace(BASE, headers=headers)), Refusal)
