"""Somebody must be left who may manage users, or it must be wanted that nobody is."""

from collections.abc import Iterable, Sequence
from typing import Any

from eventray_core.control.arns import user_arn
from eventray_core.control.iam_errors import LastAdministratorError
from eventray_core.control.records import AccessKeyRecord, Change, Put, R, UserPolicyRecord, decode
from eventray_core.control.requests import Outcome, Request
from eventray_core.iam import principal_context, principal_of
from eventray_core.policy import Policy, Verdict

MANAGING = ("iam:CreateAccessKey", "iam:PutUserPolicy")
"""Who may do both can give anybody any right."""


def guarded(request: Request, members: Any, changes: Sequence[Change]) -> Outcome:
    """The outcome, unless it takes away the last administrator and the call has no `force=true`.

    An administrator is a user with an active, lasting access key whose policies allow it, whatever the
    request, to give rights to itself. Raises `LastAdministratorError`.
    """
    forced = request.values("force") == ["true"]
    if not forced and _is_managed(request, ()) and not _is_managed(request, changes):
        raise LastAdministratorError
    return Outcome(members, tuple(changes))


def _is_managed(request: Request, changes: Iterable[Change]) -> bool:
    keys = _after(request, AccessKeyRecord, changes)
    policies: dict[str, list[str]] = {}
    for policy in _after(request, UserPolicyRecord, changes):
        policies.setdefault(policy.user_name, []).append(policy.document)
    holders = dict.fromkeys(key.user_name for key in keys if key.active and key.expires is None)
    return any(_may_manage(request, name, policies.get(name, [])) for name in holders)


def _after(request: Request, record: type[R], changes: Iterable[Change]) -> list[R]:
    """All records of a type as they will be."""
    changed = {change.key: change for change in changes if change.kind is record.kind}
    kept = [r for r in request.tables.all(record) if r.key not in changed]
    put = (decode(change) for change in changed.values() if isinstance(change, Put))
    return [*kept, *(r for r in put if isinstance(r, record))]


def _may_manage(request: Request, name: str, documents: list[str]) -> bool:
    arn = user_arn(request.facts, name)
    policy, context = Policy.of(documents), principal_context(principal_of(arn))
    return all(policy.decide(action, arn, context) is Verdict.ALLOWED for action in MANAGING)
