"""IAM policies of a template that allow or deny the use of Event APIs, as EventRay's users and policies.

CDK's `grantPublish`, `grantSubscribe` and `grantConnect` write such policies for a role or a user. EventRay
has no roles to assume: each becomes a user of EventRay's, named as the role would be, to which an
administrator gives an access key. Of a policy only the three actions of the data plane are carried over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventray_cluster.templates.errors import Path, TemplateError
from eventray_cluster.templates.evaluating import Evaluator
from eventray_cluster.templates.functions import ABSENT
from eventray_cluster.templates.guards import Refusal
from eventray_cluster.templates.placeholders import Placeholders
from eventray_cluster.templates.resource_types import USER, USER_POLICY
from eventray_cluster.templates.template import Resource, texts
from eventray_core.glob import Globs

ACTIONS = ("appsync:EventConnect", "appsync:EventPublish", "appsync:EventSubscribe")
PRINCIPALS = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
POLICIES = (
    "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::UserPolicy", "AWS::IAM::RolePolicy",
    "AWS::IAM::GroupPolicy",
)  # fmt: skip
HOLDERS = ("Roles", "Users", "RoleName", "UserName")
"""Properties of a policy that name who has it."""
GROUPS = {"Groups", "GroupName"}


@dataclass(slots=True)
class Grants:
    """What the IAM resources of a template come to."""

    resources: dict[str, Resource] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    carried_over: set[str] = field(default_factory=set)
    """The logical ids of what the resources are made of."""


@dataclass(frozen=True, slots=True)
class _Document:
    """A policy document with something about Event APIs, and who has it."""

    source: Resource
    name: str
    statements: tuple[Mapping[str, Any], ...]
    version: str


class GrantReader:
    """Reads the IAM resources of one template; `resources` are those that are to be made."""

    def __init__(
        self, resources: Mapping[str, Resource], evaluator: Evaluator, placeholders: Placeholders
    ) -> None:
        self._resources = resources
        self._evaluator = evaluator
        self._placeholders = placeholders
        self._found = Grants()

    def read(self, allowed: frozenset[str]) -> Grants:
        """Users and policies; what is of a type in `allowed` may be left out."""
        for resource in self._resources.values():
            if resource.type in (*POLICIES, *PRINCIPALS):
                try:
                    self._take(resource)
                except TemplateError as error:
                    self._refuse(resource, f"what it allows cannot be made out: {error}")
        refusals = dict.fromkeys(self._found.refusals)
        self._found.refusals = [r for r in refusals if r.type not in allowed]
        return self._found

    def _refuse(self, resource: Resource, reason: str) -> None:
        self._found.refusals.append(Refusal(resource.logical_id, resource.type, reason))

    def _take(self, resource: Resource) -> None:
        for document in self._documents(resource):
            if resource.type == "AWS::IAM::Group" or GROUPS & set(resource.properties):
                self._refuse(resource, "it is about a group, and EventRay has none; grant to users or roles.")
                return
            for holder in self._holders(resource):
                self._grant(document, holder)

    def _documents(self, resource: Resource) -> Iterator[_Document]:
        properties = resource.properties
        if resource.type in POLICIES:
            name = properties.get("PolicyName", properties.get("ManagedPolicyName", resource.logical_id))
            entries = [{"PolicyName": name, "PolicyDocument": properties.get("PolicyDocument")}]
        else:
            entries = self._items(properties.get("Policies", []), (*resource.path, "Policies"))
        for entry in entries:
            yield from self._document(resource, entry)

    def _items(self, expression: Any, path: Path) -> list[Any]:
        """The items of a list, or one alone; what conditions leave out is not there."""
        found = self._evaluator.chosen(expression, path)
        items = [self._evaluator.chosen(i, path) for i in (found if isinstance(found, list) else [found])]
        return [item for item in items if item is not ABSENT]

    def _document(self, resource: Resource, entry: Any) -> Iterator[_Document]:
        document = entry.get("PolicyDocument") if isinstance(entry, dict) else None
        if not isinstance(document, dict):
            raise TemplateError(resource.path, "A policy needs a PolicyDocument.")
        path = (*resource.path, "PolicyDocument", "Statement")
        statements = self._items(document.get("Statement", []), path)
        kept = tuple(s for statement in statements if (s := self._about_events(statement, path)))
        if kept:
            name = self._evaluator.text(entry.get("PolicyName"), resource.path)
            version = self._evaluator.text(document.get("Version", "2008-10-17"), path)
            yield _Document(resource, name, kept, version)

    def _about_events(self, statement: Any, path: Path) -> dict[str, Any] | None:
        """The statement with those of the three actions that it is about; None if with none."""
        if not isinstance(statement, dict):
            raise TemplateError(path, "A statement must be a mapping.")
        other = "NotAction" in statement
        patterns = texts(self._evaluator.value(statement.get("NotAction" if other else "Action"), path), path)
        globs = Globs([pattern.lower() for pattern in patterns], variables=False)
        actions = [action for action in ACTIONS if globs.match(action.lower(), {}) is not other]
        rest = {key: value for key, value in statement.items() if key not in ("Action", "NotAction")}
        return {**rest, "Action": actions} if actions else None

    def _holders(self, policy: Resource) -> Iterator[str]:
        """The logical ids of the roles and users that have the policy; names of those made elsewhere."""
        if policy.type in PRINCIPALS:
            yield policy.logical_id
        for key in HOLDERS if policy.type in POLICIES else ():
            path = (*policy.path, key)
            for holder in self._items(policy.properties.get(key, []), path):
                yield self._holder(holder, path)
        for principal in self._resources.values():
            if principal.type in PRINCIPALS and {"Ref": policy.logical_id} in _managed(principal):
                yield principal.logical_id

    def _holder(self, expression: Any, path: Path) -> str:
        logical_id = expression.get("Ref", "") if isinstance(expression, dict) else ""
        return logical_id if logical_id in self._resources else self._evaluator.text(expression, path)

    def _grant(self, document: _Document, holder: str) -> None:
        principal = self._resources.get(holder)
        self._found.carried_over |= {document.source.logical_id, holder}
        needs: tuple[str, ...] = ()
        if principal is not None and principal.type in PRINCIPALS:
            if "PermissionsBoundary" in principal.properties:
                self._refuse(principal, "a boundary limits what it is allowed, and EventRay has none.")
                return
            self._add_user(principal)
            needs = (holder,)
        user = self._placeholders.name(principal) if principal else holder
        logical_id = f"{holder}/{document.name}"
        if logical_id in self._found.resources:
            raise TemplateError(document.source.path, f"{user} has two policies named {document.name!r}.")
        properties = {
            "UserName": user,
            "PolicyName": document.name,
            "PolicyDocument": {"Version": document.version, "Statement": [*document.statements]},
        }
        self._found.resources[logical_id] = Resource(logical_id, USER_POLICY, properties, needs)

    def _add_user(self, principal: Resource) -> None:
        name = self._placeholders.name(principal)
        self._found.resources[principal.logical_id] = Resource(
            principal.logical_id, USER, {"UserName": name}, keep=principal.keep
        )


def _managed(principal: Resource) -> list[Any]:
    found = principal.properties.get("ManagedPolicyArns", [])
    return found if isinstance(found, list) else []
