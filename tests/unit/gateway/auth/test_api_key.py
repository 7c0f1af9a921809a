"""Keys that are known and have not ended."""

import pytest

from eventray_core.api import Api, ApiKey
from eventray_core.auth import Allowed, AuthMode, Denied
from eventray_gateway.auth.api_key import check_api_key

API = Api(
    api_id="a", name="a", dns_id="a", created=1, api_keys={"da2-good": ApiKey(key="da2-good", expires=100)}
)


@pytest.mark.parametrize(
    ("key", "now", "good"),
    [("da2-good", 99, True), ("da2-good", 100, False), ("da2-other", 1, False), ("", 1, False)],
)
def test_keys(key: str, now: float, good: bool) -> None:
    decision = check_api_key(API, {"x-api-key": key}, now)
    assert (decision == Allowed(AuthMode.API_KEY, api_key=key)) is good
    assert good or decision == Denied("You are not authorized to make this call.", 401)
