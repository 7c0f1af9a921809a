"""API keys (control-plane specification, section 3.3)."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from eventray_core.control.apis import api_of
from eventray_core.control.errors import (
    ApiKeyLimitExceededError,
    ApiKeyValidityOutOfBoundsError,
    NotFoundError,
)
from eventray_core.control.ids import new_id, secret_digest
from eventray_core.control.paging import page
from eventray_core.control.records import ApiKeyRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.shape import Shape

KEY_PREFIX = "da2-"
HOUR = 3600
DAY = 24 * HOUR
DEFAULT_VALIDITY = 7 * DAY
MAX_VALIDITY = 365 * DAY
KEPT_AFTER_EXPIRY = 60 * DAY
"""An expired key stays listed so long, and can be revived."""


class _Wanted(Shape, frozen=True, kw_only=True):
    description: str | UnsetType = UNSET
    expires: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | UnsetType = UNSET


def _whole_hour(seconds: float) -> int:
    return int(seconds // HOUR) * HOUR


def _expiry(wanted: int | UnsetType, now: float) -> int:
    """The wanted expiry in whole hours.

    The bounds are compared in whole hours too: who asks for exactly a day or a year gets it, although
    some time has passed on the way here.
    """
    expires = _whole_hour(now + DEFAULT_VALIDITY if wanted is UNSET else wanted)
    if not DAY <= expires - _whole_hour(now) <= MAX_VALIDITY:
        raise ApiKeyValidityOutOfBoundsError("An API key must expire between 1 and 365 days from now.")
    return expires


def show(key: ApiKeyRecord) -> dict[str, Any]:
    """The key as answers have it; its id is the key itself."""
    members = {"id": key.id, "description": key.description, "expires": key.expires, "deletes": key.deletes}
    return {name: member for name, member in members.items() if member is not UNSET}


def _keys(request: Request, api_id: str) -> list[ApiKeyRecord]:
    return [key for key in request.tables.under(ApiKeyRecord, api_id) if key.deletes > request.now]


def _key_of(request: Request) -> ApiKeyRecord:
    api = api_of(request)
    secret = request.parameter("id")
    key = request.tables.find(ApiKeyRecord, f"{api.api_id}/{secret_digest(secret)}")
    if key is None or key.deletes <= request.now:
        raise NotFoundError("API key not found.")
    return key


def create(request: Request) -> Outcome:
    """CreateApiKey, which also throws away keys whose time to be deleted has come."""
    api = api_of(request)
    wanted = request.read(_Wanted)
    expires = _expiry(wanted.expires, request.now)
    most = request.facts.quotas.api_keys_per_api
    if len(_keys(request, api.api_id)) >= most:
        raise ApiKeyLimitExceededError(f"An API may have at most {most} API keys.")
    key = ApiKeyRecord(
        api_id=api.api_id,
        id=KEY_PREFIX + new_id(request.random_bytes),
        created=request.timestamp,
        expires=expires,
        deletes=expires + KEPT_AFTER_EXPIRY,
        description=wanted.description,
    )
    overdue = [k for k in request.tables.under(ApiKeyRecord, api.api_id) if k.deletes <= request.now]
    return Outcome({"apiKey": show(key)}, (*(k.remove() for k in overdue), key.put()))


def list_(request: Request) -> Outcome:
    """ListApiKeys: expired ones too, until they are deleted."""
    return page(request, "apiKeys", _keys(request, api_of(request).api_id), show)


def update(request: Request) -> Outcome:
    """UpdateApiKey, also of an expired key; what is not named stays as it is (unverified on AWS)."""
    key = _key_of(request)
    wanted = request.read(_Wanted)
    if wanted.description is not UNSET:
        key = replace(key, description=wanted.description)
    if wanted.expires is not UNSET:
        expires = _expiry(wanted.expires, request.now)
        key = replace(key, expires=expires, deletes=expires + KEPT_AFTER_EXPIRY)
    return Outcome({"apiKey": show(key)}, (key.put(),))


def delete(request: Request) -> Outcome:
    """DeleteApiKey."""
    return Outcome(DONE, (_key_of(request).remove(),))
