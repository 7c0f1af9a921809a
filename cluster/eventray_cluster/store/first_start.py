"""What the first start makes, so that there is something to publish to."""

import base64
import secrets

from eventray_core.auth import AuthMode
from eventray_core.auth_providers import AuthProvider
from eventray_core.control.iam_projection import ADMINISTRATOR_POLICY, ALLOW_ALL
from eventray_core.control.ids import new_id
from eventray_core.control.records import (
    AccessKeyRecord,
    ApiKeyRecord,
    ApiRecord,
    AuthModeItem,
    EventConfig,
    IamUserRecord,
    NamespaceRecord,
    Record,
    UserPolicyRecord,
)

ADMINISTRATOR = "administrator"
FIRST_VERSION = 1

KEY_LIFE_S = 365 * 86_400
KEPT_AFTER_EXPIRY_S = 60 * 86_400
HOUR_S = 3_600


def first_records(now: int) -> list[Record]:
    """The API `default` with a key for everything and the namespace `default`, and the administrator."""
    api_id = new_id(secrets.token_bytes)
    expires = (now + KEY_LIFE_S) // HOUR_S * HOUR_S
    return [
        _api(api_id, now),
        NamespaceRecord(api_id=api_id, name="default", version=1, created=now, last_modified=now),
        ApiKeyRecord(
            api_id=api_id,
            id="da2-" + new_id(secrets.token_bytes),
            created=now,
            expires=expires,
            deletes=expires + KEPT_AFTER_EXPIRY_S,
            description="made by the first start",
        ),
        IamUserRecord(user_name=ADMINISTRATOR, created=now, administrator=True),
        UserPolicyRecord(
            user_name=ADMINISTRATOR, policy_name=ADMINISTRATOR_POLICY, document=ALLOW_ALL, created=now
        ),
        _access_key(now),
    ]


def _api(api_id: str, now: int) -> ApiRecord:
    by_key = (AuthModeItem(auth_type=AuthMode.API_KEY),)
    config = EventConfig(
        auth_providers=(AuthProvider(auth_type=AuthMode.API_KEY),),
        connection_auth_modes=by_key,
        default_publish_auth_modes=by_key,
        default_subscribe_auth_modes=by_key,
    )
    dns_id = new_id(secrets.token_bytes)
    return ApiRecord(
        api_id=api_id, dns_id=dns_id, name="default", created=now, event_config=config, namespace_version=1
    )


def _access_key(now: int) -> AccessKeyRecord:
    """A key pair in the form of AWS's."""
    return AccessKeyRecord(
        user_name=ADMINISTRATOR,
        access_key_id="AKIA" + new_id(secrets.token_bytes)[:16].upper(),
        secret_access_key=base64.b64encode(secrets.token_bytes(30)).decode(),
        created=now,
    )
