"""Policies of users, as operations of EventRay's own; names and rules are those of AWS's IAM."""

from msgspec.structs import replace

from eventray_core.control.iam import check_name, user_of
from eventray_core.control.iam_administrators import guarded
from eventray_core.control.iam_errors import (
    IamLimitExceededError,
    MalformedPolicyDocumentError,
    NoSuchEntityError,
)
from eventray_core.control.paging import page
from eventray_core.control.records import UserPolicyRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.policy import MalformedPolicyError, Policy
from eventray_core.shape import Shape

MAX_POLICY_NAME = 128
MAX_POLICY_SIZE = 10_240
"""Characters of all policies of a user together, white space left out.

AWS allows a user 2,048 and a role 10,240; EventRay has no roles.
"""


class _Document(Shape, frozen=True, kw_only=True):
    policy_document: str


def put_user_policy(request: Request) -> Outcome:
    """PutUserPolicy: adds or replaces it. `policyDocument` is the JSON text, as at AWS."""
    user, name = user_of(request), request.parameter("policyName")
    check_name("policyName", name, MAX_POLICY_NAME)
    document = request.read(_Document).policy_document
    others = [p for p in request.tables.under(UserPolicyRecord, user.user_name) if p.policy_name != name]
    if sum(_size(text) for text in (document, *(p.document for p in others))) > MAX_POLICY_SIZE:
        raise IamLimitExceededError(
            f"Maximum policy size of {MAX_POLICY_SIZE} bytes exceeded for user {user.user_name}"
        )
    _check(document)
    policy = request.tables.find(UserPolicyRecord, f"{user.user_name}/{name}") or UserPolicyRecord(
        user_name=user.user_name, policy_name=name, document=document, created=request.timestamp
    )
    return guarded(request, DONE, [replace(policy, document=document).put()])


def _size(document: str) -> int:
    return len("".join(document.split()))


def _check(document: str) -> None:
    try:
        Policy.of([document])
    except MalformedPolicyError as error:
        raise MalformedPolicyDocumentError(str(error)) from None


def get_user_policy(request: Request) -> Outcome:
    """GetUserPolicy."""
    policy = _policy_of(request)
    names = {"userName": policy.user_name, "policyName": policy.policy_name}
    return Outcome({**names, "policyDocument": policy.document})


def list_user_policies(request: Request) -> Outcome:
    """ListUserPolicies: their names."""
    policies = request.tables.under(UserPolicyRecord, user_of(request).user_name)
    return page(request, "policyNames", policies, lambda policy: policy.policy_name)


def delete_user_policy(request: Request) -> Outcome:
    """DeleteUserPolicy."""
    return guarded(request, DONE, [_policy_of(request).remove()])


def _policy_of(request: Request) -> UserPolicyRecord:
    user, name = user_of(request), request.parameter("policyName")
    policy = request.tables.find(UserPolicyRecord, f"{user.user_name}/{name}")
    if policy is None:
        raise NoSuchEntityError(f"The user policy with name {name} cannot be found.")
    return policy
