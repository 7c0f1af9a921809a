"""API keys: `x-api-key`, known to the API and not expired (data-plane specification, section 7.2)."""

from eventray_core.api import Api
from eventray_core.auth import NOT_AUTHORIZED, Allowed, AuthMode, Credentials, Decision, Denied


def check_api_key(api: Api, credentials: Credentials, now: float) -> Decision:
    """Whether the key is good; `now` is seconds since 1970."""
    key = credentials.get("x-api-key", "")
    if is_valid_key(api, key, now):
        return Allowed(AuthMode.API_KEY, api_key=key)
    return Denied(NOT_AUTHORIZED, 401)


def is_valid_key(api: Api, key: str, now: float) -> bool:
    """Whether the API knows the key and it has not expired."""
    known = api.api_keys.get(key)
    return known is not None and known.expires > now
