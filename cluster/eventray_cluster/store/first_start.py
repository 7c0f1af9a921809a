"""What the first start makes, so that there is something to publish to."""

import base64
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from eventray_cluster.store.tables import (
    AccessKeyRow,
    ApiAuthModeRow,
    ApiKeyRow,
    ApiRow,
    CounterRow,
    NamespaceRow,
    UserRow,
)
from eventray_core.auth import AuthMode

ADMINISTRATOR = "administrator"
CONFIGURATION_VERSION = "configuration_version"
TERM = "term"

KEY_LIFE_S = 365 * 86_400
HOUR_S = 3_600


def make_first(session: Session, now: int) -> bool:
    """Make the first API, its keys and the administrator, unless an earlier start did; tell whether."""
    if session.scalar(select(CounterRow.value).where(CounterRow.name == CONFIGURATION_VERSION)) is not None:
        return False
    session.add_all([CounterRow(name=CONFIGURATION_VERSION, value=1), CounterRow(name=TERM, value=0)])
    session.add_all([first_api(now), administrator(now)])
    return True


def first_api(now: int) -> ApiRow:
    """The API `default`, with an API key for everything and the namespace `default`."""
    expires = (now + KEY_LIFE_S) // HOUR_S * HOUR_S
    return ApiRow(
        api_id=new_id(),
        name="default",
        dns_id=new_id(),
        created=now,
        auth_modes=[
            ApiAuthModeRow(purpose=purpose, position=0, auth_type=AuthMode.API_KEY)
            for purpose in ("connection", "publish", "subscribe")
        ],
        keys=[ApiKeyRow(key="da2-" + new_id(), description="made by the first start", expires=expires)],
        namespaces=[NamespaceRow(name="default", version=1, created=now, last_modified=now)],
    )


def administrator(now: int) -> UserRow:
    """The administrator with one access key pair, in the form of AWS's."""
    key = AccessKeyRow(
        access_key_id="AKIA" + new_id()[:16].upper(),
        secret_access_key=base64.b64encode(secrets.token_bytes(30)).decode(),
        created=now,
    )
    return UserRow(user_name=ADMINISTRATOR, created=now, access_keys=[key])


def new_id() -> str:
    """26 characters of lower-case base 32: how AWS writes API ids, DNS labels and API keys."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
