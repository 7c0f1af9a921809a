"""IAM policy documents: read once, then asked whether a request is allowed.

An explicit Deny beats an Allow, and what nothing allows is denied. A document that is not understood in
every part is refused as a whole.
"""

import enum
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eventray_core.glob import Context, Globs
from eventray_core.policy_conditions import (
    Absence,
    Condition,
    ConditionError,
    checked_globs,
    parse_conditions,
)

VERSIONS = ("2008-10-17", "2012-10-17")
"""Policy variables are filled in by the second only."""

_ACTION = re.compile(r"\*|(\*|[A-Za-z0-9-]+):[A-Za-z0-9*?]+")
_SID = re.compile(r"[A-Za-z0-9]*")
_DOCUMENT_KEYS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_KEYS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
_ARN_PARTS = 6


class MalformedPolicyError(ValueError):
    """A document that is no identity policy, or one that EventRay cannot evaluate; the text says why."""


class Verdict(enum.Enum):
    """What policies say of one action on one resource."""

    ALLOWED = enum.auto()
    NOT_ALLOWED = enum.auto()
    DENIED = enum.auto()
    """By a Deny, whatever else allows it."""


@dataclass(frozen=True, slots=True)
class _Statement:
    allows: bool
    actions: Globs
    resources: Globs
    conditions: tuple[Condition | Absence, ...]
    other_actions: bool = False
    """With `NotAction`: it is about all actions but these."""
    other_resources: bool = False

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether the statement is about the request; `action` in lower case."""
        return (
            self.actions.match(action, context) is not self.other_actions
            and self.resources.match(resource, context) is not self.other_resources
            and all(condition.holds(context, not self.allows) for condition in self.conditions)
        )


class Policy:
    """The statements of one or more documents together, as they hold for one user."""

    def __init__(self, statements: Iterable[_Statement] = ()) -> None:
        statements = tuple(statements)
        self._allows = tuple(s for s in statements if s.allows)
        self._denies = tuple(s for s in statements if not s.allows)

    @classmethod
    def of(cls, documents: Iterable[str]) -> "Policy":
        """Read documents. Raises `MalformedPolicyError`."""
        return cls(statement for document in documents for statement in _parse(document))

    def decide(self, action: str, resource: str, context: Context) -> Verdict:
        """Whether the action, such as `appsync:GetApi`, may be done to the resource, an ARN or `*`."""
        action = action.lower()
        if any(s.applies(action, resource, context) for s in self._denies):
            return Verdict.DENIED
        if any(s.applies(action, resource, context) for s in self._allows):
            return Verdict.ALLOWED
        return Verdict.NOT_ALLOWED


def _parse(text: str) -> list[_Statement]:
    document = _read(text)
    if not isinstance(document, dict):
        raise MalformedPolicyError("Syntax errors in policy. The document must be a JSON object.")
    _only(document, _DOCUMENT_KEYS, "The document")
    version = document.get("Version", VERSIONS[0])
    if version not in VERSIONS:
        raise MalformedPolicyError(f"Syntax errors in policy. Version must be one of {', '.join(VERSIONS)}.")
    statements = document.get("Statement")
    listed: list[Any] = statements if isinstance(statements, list) else [statements]
    if not listed:
        raise MalformedPolicyError("Syntax errors in policy. Statement must not be empty.")
    parsed = [_statement(s, version == VERSIONS[1]) for s in listed]
    sids = [s["Sid"] for s in listed if s.get("Sid")]
    if len(sids) != len(set(sids)):
        raise MalformedPolicyError("Statement IDs (SID) in a single policy must be unique.")
    return parsed


def _read(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedPolicyError(f"Syntax errors in policy. {error}") from None


def _without_duplicates(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("An object has the same key twice.")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON.")


def _only(element: Mapping[str, object], keys: frozenset[str], what: str) -> None:
    if "Principal" in element or "NotPrincipal" in element:
        raise MalformedPolicyError("Policy document should not specify a principal.")
    if unknown := sorted(set(element) - keys):
        raise MalformedPolicyError(f"Syntax errors in policy. {what} has no element {unknown[0]}.")


def _statement(element: object, variables: bool) -> _Statement:
    if not isinstance(element, dict):
        raise MalformedPolicyError("Syntax errors in policy. Each Statement must be an object.")
    _only(element, _STATEMENT_KEYS, "A statement")
    effect, sid = element.get("Effect"), element.get("Sid", "")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicyError("Syntax errors in policy. Effect must be Allow or Deny.")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise MalformedPolicyError("Statement IDs (SID) must be letters and digits.")
    actions, other_actions = _one_of(element, "Action")
    resources, other_resources = _one_of(element, "Resource")
    try:
        return _Statement(
            allows=effect == "Allow",
            actions=Globs([_action(a) for a in actions], variables=False),
            resources=checked_globs([_resource(r) for r in resources], variables),
            conditions=parse_conditions(element.get("Condition", {}), variables),
            other_actions=other_actions,
            other_resources=other_resources,
        )
    except ConditionError as error:
        raise MalformedPolicyError(str(error)) from None


def _one_of(element: Mapping[str, object], name: str) -> tuple[list[str], bool]:
    """The texts of an element or of its opposite, of which exactly one must be there; whether it is that."""
    given = [key for key in (name, f"Not{name}") if key in element]
    if len(given) != 1:
        must = f"Policy statement must contain {name.lower()}s."
        raise MalformedPolicyError(f"{must} Give either {name} or Not{name}.")
    value = element[given[0]]
    texts: list[Any] = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise MalformedPolicyError(f"Syntax errors in policy. {given[0]} must be a text or a list of texts.")
    return texts, given[0] != name


def _action(text: str) -> str:
    if not _ACTION.fullmatch(text):
        raise MalformedPolicyError(
            f"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. '{text}' is not."
        )
    return text.lower()


def _resource(text: str) -> str:
    """AWS fills up an ARN that ends early with `*` for each part that is missing."""
    if text == "*":
        return text
    parts = text.split(":", _ARN_PARTS - 1)
    if parts[0] != "arn" or len(parts) == 1:
        raise MalformedPolicyError(f'Resource {text} must be in ARN format or "*".')
    return ":".join(parts + ["*"] * (_ARN_PARTS - len(parts)))
