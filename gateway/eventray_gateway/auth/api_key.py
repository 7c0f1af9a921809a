"""API keys: `x-api-key`, known to the API and not expired (data-plane specification, section 7.2)."""

from eventray_core.api import Api
from eventray_core.auth import NOT_AUTHORIZED, Allowed, AuthMode, Credentials, Decision, Denied


def check_api_key(api: Api, credentials: Credentials, now: float) -> Decision:
    """Whether the key is good; `now` is seconds since 1970."""
    key = api.api_keys.get(credentials.get("x-api-key", ""))
    if key is None or key.expires <= now:
        return Denied(NOT_AUTHORIZED, 401)
    return Allowed(AuthMode.API_KEY)
