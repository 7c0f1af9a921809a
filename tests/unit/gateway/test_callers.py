import json

from eventray_core.api import Api
from eventray_core.auth import Allowed, AuthMode
from eventray_gateway.callers import http_caller, realtime_caller

API = Api(api_id="a", name="a", dns_id="d", created=1, custom_domains=("events.example.org",))
KEY = Allowed(AuthMode.API_KEY)
COGNITO = Allowed(AuthMode.AMAZON_COGNITO_USER_POOLS, {"username": "ann"})


def test_a_request_is_told_with_its_headers() -> None:
    headers = [
        (b"host", b"events.example.org:443"),
        (b"animal", b"duck"),
        (b"animal", b"bear"),
        (b"cookie", b"x"),
    ]
    caller = http_caller(API, COGNITO, headers)
    assert (caller.auth_mode, caller.domain_name) == ("AMAZON_COGNITO_USER_POOLS", "events.example.org")
    assert json.loads(caller.identity) == {"username": "ann"}
    assert json.loads(caller.headers) == {"host": "events.example.org:443", "animal": ["duck", "bear"]}


def test_a_messages_authorization_lies_over_the_upgrades_headers() -> None:
    headers = [(b"host", b"other.example.org"), (b"x-api-key", b"old"), (b"user-agent", b"\xff")]
    caller = realtime_caller(API, KEY, headers, {"x-api-key": "new", "extra": "1"})
    assert (caller.identity, caller.domain_name) == (b"null", None)
    assert json.loads(caller.headers) == {
        "host": "other.example.org",
        "x-api-key": "new",
        "user-agent": "ÿ",
        "extra": "1",
    }
