"""Compares what a template wants with what the stack has: the plan of a deployment.

Pure: what is on the server has been read before, and what the server will choose (ids, host names) is not
known yet. A property that depends on that counts as changed.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from eventray_cluster.templates.errors import Path, TemplateError
from eventray_cluster.templates.evaluating import Evaluator
from eventray_cluster.templates.functions import ABSENT
from eventray_cluster.templates.known import KnownResources, Made
from eventray_cluster.templates.resource_types import (
    ASSOCIATION,
    DOMAIN_NAME,
    RESOURCE_TYPES,
    Properties,
    ResourceType,
)
from eventray_cluster.templates.stack import Stack, StoredResource, digest
from eventray_cluster.templates.template import Resource


class Action(enum.StrEnum):
    """What is to be done with a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    LEAVE = "leave"
    """It goes out of the stack and stays on the server."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Step:
    """One resource's part of the plan."""

    action: Action
    logical_id: str
    type: str
    changed: tuple[str, ...] = ()
    """Properties that have another value than at the last deployment, or will have."""
    stored: StoredResource | None = None
    """What the stack has of it."""
    delete_first: bool = False
    """The old one is in the way of the new one."""
    keep_old: bool = False
    """The old one stays on the server when it is replaced."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in this order; first all old ones that are in the way go, in the opposite order."""

    steps: tuple[Step, ...]
    placeholders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By logical id: what its properties name that EventRay does not deploy."""

    @property
    def changes(self) -> tuple[Step, ...]:
        """Without what stays as it is."""
        return tuple(step for step in self.steps if step.action is not Action.NONE)


class Checks(Protocol):
    """What the planner asks of those that know the API and the disk."""

    def check(self, type_: ResourceType, properties: Properties, path: Path) -> None:
        """Whether a request can be made of the properties; raises `TemplateError`."""

    def with_assets(self, type_: ResourceType, properties: Properties, path: Path) -> dict[str, Any]:
        """The properties with the content of files that they name; raises `TemplateError`."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A resource's properties."""

    values: dict[str, Any]
    unknown: frozenset[str] = frozenset()
    """Those that depend on what the server will choose."""

    @property
    def digests(self) -> dict[str, str]:
        """Of those that are known."""
        return {name: digest(value) for name, value in self.values.items() if name not in self.unknown}


def compute(resource: Resource, evaluator: Evaluator, known: KnownResources) -> Computed:
    """Compute a resource's properties; raises `TemplateError`. Placeholders are noted in `known`."""
    values, unknown = {}, set()
    for name, expression in resource.properties.items():
        known.unknown = False
        try:
            value = evaluator.value(expression, (*resource.path, name))
        except TemplateError:
            if not known.unknown:
                raise
            value = ""  # such as a part of an ARN that is not there yet
        if value is not ABSENT:
            values[name] = value
        if known.unknown:
            unknown.add(name)
    return Computed(values, frozenset(unknown))


class Planner:
    """Plans one deployment."""

    def __init__(self, stack: Stack, evaluator: Evaluator, known: KnownResources, checks: Checks) -> None:
        self._stack = stack
        self._evaluator = evaluator
        self._known = known
        self._checks = checks
        self._domains_made_anew: set[str] = set()
        """Domain names that go before they come again, and take their associations with them."""
        self._taken: set[str] = set()
        self._placeholders: dict[str, tuple[str, ...]] = {}

    def plan(self, wanted: Mapping[str, Resource]) -> Plan:
        """The plan for resources in an order in which they can be made; raises `TemplateError`."""
        steps = [self._step(resource, wanted) for resource in wanted.values()]
        gone = [
            s for name, s in self._stack.resources.items() if name not in wanted and name not in self._taken
        ]
        return Plan((*steps, *map(_removal, gone)), self._placeholders)

    def _step(self, resource: Resource, wanted: Mapping[str, Resource]) -> Step:
        type_, name = RESOURCE_TYPES[resource.type], resource.logical_id
        self._known.replaced = set()
        computed = compute(resource, self._evaluator, self._known)
        if self._known.replaced:
            self._placeholders[name] = tuple(sorted(self._known.replaced))
        computed = self._checked(type_, computed, resource)
        stored = self._stored(resource, computed, wanted)
        step = self._compare(resource, type_, computed, stored)
        if step.action in (Action.CREATE, Action.REPLACE):
            self._forget(type_, name, computed)
        if step.delete_first and type_.name == DOMAIN_NAME:
            self._domains_made_anew.add(computed.values["DomainName"])
        return step

    def _checked(self, type_: ResourceType, computed: Computed, resource: Resource) -> Computed:
        values = self._checks.with_assets(type_, computed.values, resource.path)
        try:
            self._checks.check(type_, values, resource.path)
        except TemplateError as error:
            if not set(error.path) & computed.unknown:
                raise
        return Computed(values, computed.unknown)

    def _stored(
        self, resource: Resource, computed: Computed, wanted: Mapping[str, Resource]
    ) -> StoredResource | None:
        """What the stack has of it and the server too: under its logical id, or one that is gone."""
        name = resource.logical_id
        if name in self._known.made and name in self._stack.resources:
            return self._stack.resources[name]
        identity = RESOURCE_TYPES[resource.type].identity_of(computed.values)
        for old, stored in self._stack.resources.items():
            same = stored.type == resource.type and stored.identity == identity
            if same and old not in wanted and old in self._known.made:
                self._known.made[name] = self._known.made.pop(old)
                self._taken.add(old)
                return stored
        return None

    def _compare(
        self, resource: Resource, type_: ResourceType, computed: Computed, stored: StoredResource | None
    ) -> Step:
        name = resource.logical_id
        if stored is None:
            return Step(Action.CREATE, name, type_.name)
        digests = computed.digests
        changed = computed.unknown | {
            p for p in digests | stored.digests if digests.get(p) != stored.digests.get(p)
        }
        if stored.keep is not resource.keep:
            changed |= {"DeletionPolicy"}
        shown = tuple(sorted(changed))
        goes_along = (
            type_.name == ASSOCIATION and computed.values.get("DomainName") in self._domains_made_anew
        )
        if changed & type_.create_only or stored.type != type_.name or goes_along:
            same = stored.type == type_.name and type_.identity_of(computed.values) == stored.identity
            keep = resource.keep_replaced
            return Step(Action.REPLACE, name, type_.name, shown, stored, same and not keep, keep)
        return Step(Action.UPDATE if changed else Action.NONE, name, type_.name, shown, stored)

    def _forget(self, type_: ResourceType, name: str, computed: Computed) -> None:
        """What is made anew has values that are not known, but for a domain name's, which is its property."""
        self._known.made.pop(name, None)
        if type_.name == DOMAIN_NAME and (domain := computed.values.get("DomainName")):
            self._known.made[name] = Made({}, domain, {"DomainName": domain})


def _removal(stored: StoredResource) -> Step:
    action = Action.LEAVE if stored.keep else Action.DELETE
    return Step(action, stored.logical_id, stored.type, (), stored)


def stored_resource(resource: Resource, computed: Computed, made: Made) -> StoredResource:
    """What the stack keeps of a resource that has been made or changed."""
    return StoredResource(
        logical_id=resource.logical_id,
        type=resource.type,
        identity=dict(made.identity),
        digests=computed.digests,
        tags=sorted(made.tags),
        keep=resource.keep,
    )


Progress = Callable[[Step], None]
"""Told of each step when it is done."""
