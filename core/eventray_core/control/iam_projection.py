"""What gateways get of users, their access keys and policies."""

from collections.abc import Iterable

from eventray_core.control.arns import user_arn
from eventray_core.control.facts import Facts
from eventray_core.control.records import AccessKeyRecord, Change, IamUserRecord, Kind, UserPolicyRecord
from eventray_core.control.tables import Tables
from eventray_core.iam import AccessKey, IamUser

_OF_USERS = frozenset({Kind.IAM_USER, Kind.ACCESS_KEY, Kind.USER_POLICY})

ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
"""The policy of the administrator that the first start makes."""

ADMINISTRATOR_POLICY = "AdministratorAccess"

DEVELOPMENT_KEY = "test"
"""Id and secret of the key that `eventray serve --dev` accepts."""


def touched_users(changes: Iterable[Change]) -> tuple[str, ...]:
    """The names of the users that gateways must get anew, or forget."""
    return tuple(dict.fromkeys(c.key.partition("/")[0] for c in changes if c.kind in _OF_USERS))


def project_users(
    tables: Tables, facts: Facts, names: Iterable[str] | None = None
) -> tuple[list[IamUser], list[str]]:
    """Those of the users that exist, and the ARNs of those that do not; all users without names."""
    if names is None:
        everybody = [_project(tables, facts, user) for user in tables.under(IamUserRecord)]
        return [*everybody, development_user(facts)] if facts.development else everybody, []
    found = {name: tables.find(IamUserRecord, name) for name in names}
    changed = [_project(tables, facts, user) for user in found.values() if user]
    return changed, [user_arn(facts, name) for name, user in found.items() if user is None]


def _project(tables: Tables, facts: Facts, user: IamUserRecord) -> IamUser:
    keys = tables.under(AccessKeyRecord, user.user_name)
    policies = tables.under(UserPolicyRecord, user.user_name)
    return IamUser(
        arn=user_arn(facts, user.user_name),
        access_keys=tuple(_key(key) for key in keys),
        policies={policy.policy_name: policy.document for policy in policies},
    )


def _key(record: AccessKeyRecord) -> AccessKey:
    return AccessKey(
        access_key_id=record.access_key_id,
        secret=record.secret_access_key,
        active=record.active,
        session_token=record.session_token,
        expires=record.expires,
    )


def development_user(facts: Facts) -> IamUser:
    """An administrator with a key that everybody knows, which is good on this machine only.

    It is nowhere kept: a server has it from its setting alone. Its ARN is one that no user of the
    records can have.
    """
    key = AccessKey(access_key_id=DEVELOPMENT_KEY, secret=DEVELOPMENT_KEY, local_only=True)
    return IamUser(
        arn=user_arn(facts, f"eventray/dev/{DEVELOPMENT_KEY}"),
        access_keys=(key,),
        policies={ADMINISTRATOR_POLICY: ALLOW_ALL},
    )
