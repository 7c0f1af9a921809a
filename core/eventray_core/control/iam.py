"""Users and their access keys, as operations of EventRay's own; names and rules are those of AWS's IAM."""

import base64
import re
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from eventray_core import json_text
from eventray_core.control.arns import user_arn
from eventray_core.control.errors import InvalidRequestError
from eventray_core.control.iam_administrators import guarded
from eventray_core.control.iam_errors import (
    DeleteConflictError,
    EntityAlreadyExistsError,
    IamLimitExceededError,
    NoSuchEntityError,
)
from eventray_core.control.ids import RandomBytes
from eventray_core.control.paging import page
from eventray_core.control.records import AccessKeyRecord, IamUserRecord, UserPolicyRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.shape import Shape

NAME = r"[A-Za-z0-9_+=,.@-]+"
"""AWS's pattern for the names of users and policies, in ASCII."""

MAX_USER_NAME = 64
KEYS_PER_USER = 2
TEMPORARY_KEYS_PER_USER = 100
SECRET_BYTES = 30
TOKEN_BYTES = 48


def check_name(member: str, value: str, longest: int) -> None:
    """Raises `InvalidRequestError` in the words of AWS's validation."""
    constraint = ""
    if not re.fullmatch(NAME, value):
        constraint = rf"Member must satisfy regular expression pattern: {NAME}"
    if len(value) > longest:
        constraint = f"Member must have length less than or equal to {longest}"
    if constraint:
        raise InvalidRequestError(
            f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}"
        )


def user_of(request: Request) -> IamUserRecord:
    """The user that the path names. Raises `NoSuchEntityError`."""
    name = request.parameter("userName")
    user = request.tables.find(IamUserRecord, name)
    if user is None:
        raise NoSuchEntityError(f"The user with name {name} cannot be found.")
    return user


class _NewUser(Shape, frozen=True, kw_only=True):
    user_name: str


def name_of_new_user(body: bytes) -> str:
    """The name that CreateUser asks for, empty if it asks for none; the policy check needs it before."""
    try:
        members = json_text.loads(body)
    except ValueError:
        return ""
    name = members.get("userName") if isinstance(members, dict) else None
    return name if isinstance(name, str) else ""


def create_user(request: Request) -> Outcome:
    """CreateUser. Names that differ in case only are the same name."""
    name = request.read(_NewUser).user_name
    check_name("userName", name, MAX_USER_NAME)
    if any(user.user_name.lower() == name.lower() for user in request.tables.under(IamUserRecord)):
        raise EntityAlreadyExistsError(f"User with name {name} already exists.")
    most = request.facts.quotas.iam_users
    if request.tables.count(IamUserRecord) >= most:
        raise IamLimitExceededError(f"Cannot exceed quota for UsersPerAccount: {most}")
    user = IamUserRecord(user_name=name, created=request.timestamp)
    return Outcome({"user": _show_user(request, user)}, (user.put(),))


def get_user(request: Request) -> Outcome:
    """GetUser."""
    return Outcome({"user": _show_user(request, user_of(request))})


def list_users(request: Request) -> Outcome:
    """ListUsers."""
    users = request.tables.under(IamUserRecord)
    return page(request, "users", users, lambda user: _show_user(request, user))


def delete_user(request: Request) -> Outcome:
    """DeleteUser: of one that has neither keys nor policies. Temporary keys go with it."""
    user = user_of(request)
    keys = request.tables.under(AccessKeyRecord, user.user_name)
    if any(key.expires is None for key in keys):
        raise DeleteConflictError("Cannot delete entity, must delete access keys first.")
    if request.tables.count(UserPolicyRecord, user.user_name):
        raise DeleteConflictError("Cannot delete entity, must delete policies first.")
    return Outcome(DONE, (*(key.remove() for key in keys), user.remove()))


def _show_user(request: Request, user: IamUserRecord) -> dict[str, Any]:
    arn = user_arn(request.facts, user.user_name)
    return {"userName": user.user_name, "arn": arn, "created": user.created}


class _NewKey(Shape, frozen=True, kw_only=True):
    duration_seconds: Annotated[int, Meta(ge=900, le=129_600)] | UnsetType = UNSET


def create_access_key(request: Request) -> Outcome:
    """CreateAccessKey: the only answer that has the secret.

    With `durationSeconds` the key is a temporary one, with a session token; those that have ended are
    forgotten by the way.
    """
    user, wanted = user_of(request), request.read(_NewKey)
    keys = request.tables.under(AccessKeyRecord, user.user_name)
    ended = [key for key in keys if key.expires is not None and key.expires <= request.now]
    expires = None if wanted.duration_seconds is UNSET else int(request.now) + wanted.duration_seconds
    most = KEYS_PER_USER if expires is None else TEMPORARY_KEYS_PER_USER
    alike = [key for key in keys if (key.expires is None) is (expires is None) and key not in ended]
    if len(alike) >= most:
        raise IamLimitExceededError(f"Cannot exceed quota for AccessKeysPerUser: {most}")
    key = new_access_key(user.user_name, request.timestamp, request.random_bytes, expires)
    return Outcome({"accessKey": _show_new(key)}, (*(old.remove() for old in ended), key.put()))


def new_access_key(
    user_name: str, created: float, random_bytes: RandomBytes, expires: int | None = None
) -> AccessKeyRecord:
    """A key pair in AWS's form; one that expires has a session token."""
    prefix = "AKIA" if expires is None else "ASIA"
    token = "" if expires is None else base64.b64encode(random_bytes(TOKEN_BYTES)).decode()
    return AccessKeyRecord(
        user_name=user_name,
        access_key_id=prefix + base64.b32encode(random_bytes(10)).decode(),
        secret_access_key=base64.b64encode(random_bytes(SECRET_BYTES)).decode(),
        created=created,
        session_token=token,
        expires=expires,
    )


def list_access_keys(request: Request) -> Outcome:
    """ListAccessKeys, without secrets; temporary keys that have ended are left out."""
    keys = request.tables.under(AccessKeyRecord, user_of(request).user_name)
    lasting = [key for key in keys if key.expires is None or key.expires > request.now]
    return page(request, "accessKeys", lasting, _show_key)


class _KeyStatus(Shape, frozen=True, kw_only=True):
    status: Literal["Active", "Inactive"]


def update_access_key(request: Request) -> Outcome:
    """UpdateAccessKey: an inactive key is kept, and is good for nothing."""
    key = _key_of(request)
    changed = replace(key, active=request.read(_KeyStatus).status == "Active")
    return guarded(request, DONE, [changed.put()])


def delete_access_key(request: Request) -> Outcome:
    """DeleteAccessKey."""
    return guarded(request, DONE, [_key_of(request).remove()])


def _key_of(request: Request) -> AccessKeyRecord:
    user, key_id = user_of(request), request.parameter("accessKeyId")
    key = request.tables.find(AccessKeyRecord, f"{user.user_name}/{key_id}")
    if key is None:
        raise NoSuchEntityError(f"The Access Key with id {key_id} cannot be found.")
    return key


def _show_key(key: AccessKeyRecord) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "userName": key.user_name,
        "accessKeyId": key.access_key_id,
        "status": "Active" if key.active else "Inactive",
        "created": key.created,
    }
    return shown if key.expires is None else {**shown, "expires": key.expires}


def _show_new(key: AccessKeyRecord) -> dict[str, Any]:
    shown = {**_show_key(key), "secretAccessKey": key.secret_access_key}
    return {**shown, "sessionToken": key.session_token} if key.session_token else shown
