"""Carries a plan out, and keeps the stack's record up to date on the server while it does.

When a step fails, what has been done stays done and is in the record; the next deployment goes on from there.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from msgspec import structs

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.errors import CommandError
from eventray_cluster.templates.errors import Path, TemplateError
from eventray_cluster.templates.evaluating import Evaluator
from eventray_cluster.templates.known import KnownResources, Made
from eventray_cluster.templates.planning import (
    Action,
    Checks,
    Computed,
    Plan,
    Progress,
    Step,
    compute,
    stored_resource,
)
from eventray_cluster.templates.resource_types import (
    API,
    API_KEY,
    ASSOCIATION,
    DATA_SOURCE,
    DOMAIN_NAME,
    NAMESPACE,
    RESOURCE_TYPES,
    USER,
    USER_POLICY,
    Properties,
    ResourceType,
)
from eventray_cluster.templates.stack import Stack, Status, StoredResource, encode
from eventray_cluster.templates.template import Resource

DELETION_ORDER = (USER_POLICY, USER, ASSOCIATION, DOMAIN_NAME, NAMESPACE, DATA_SOURCE, API_KEY, API)
"""What uses others before what is used."""


class StepError(CommandError):
    """A step of a plan has failed."""

    def __init__(self, step: Step, cause: CommandError) -> None:
        super().__init__(step, cause)
        self.code = cause.code
        self.step = step
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.step.logical_id} ({self.step.type}): {self.cause}"


class Server(Protocol):
    """Where resources are made; all raise `CommandError`, `UnreachableError` if the outcome is unknown."""

    def check(self, type_: ResourceType, properties: Properties, path: Path) -> None:
        """Whether requests can be made of the properties; raises `TemplateError`. Asks no server."""

    def create(self, type_: ResourceType, properties: Properties, path: Path) -> Made:
        """Make a resource."""

    def read(self, type_: ResourceType, identity: Mapping[str, str]) -> Made | None:
        """A resource as it is; None if it is not there."""

    def update(
        self,
        type_: ResourceType,
        identity: Mapping[str, str],
        properties: Properties,
        old_tags: tuple[str, ...],
        path: Path,
    ) -> Made:
        """Make a resource as the properties say."""

    def delete(self, type_: ResourceType, identity: Mapping[str, str]) -> None:
        """Delete a resource; it is no error if it is not there."""


class Stacks(Protocol):
    """Where the records are kept."""

    def save(self, name: str, body: str, version: int) -> int:
        """Write a record in the place of that version (0: there is none); its new version.

        Raises `CommandError` if there is another version.
        """

    def remove(self, name: str, version: int) -> None:
        """Remove a record of that version."""


@dataclass(slots=True)
class Kept:
    """The record of a stack as it is on the server, and as this command changes it."""

    stacks: Stacks
    stack: Stack
    version: int
    lost: tuple[StoredResource, ...] = ()
    """What a command was about to make when it was cut off, and nobody can tell whether it did."""

    def save(self) -> None:
        """Write the record."""
        self.version = self.stacks.save(self.stack.name, encode(self.stack), self.version)

    def remove(self) -> None:
        """Remove it."""
        self.stacks.remove(self.stack.name, self.version)


class Deployment:
    """Carries out one plan. `wanted` is what the plan was made for."""

    def __init__(
        self,
        server: Server,
        kept: Kept,
        wanted: Mapping[str, Resource],
        evaluator: Evaluator,
        known: KnownResources,
    ) -> None:
        self._server = server
        self._kept = kept
        self._wanted = wanted
        self._evaluator = evaluator
        self._known = known

    @property
    def _stack(self) -> Stack:
        return self._kept.stack

    def run(self, plan: Plan, checks: Checks, progress: Progress) -> None:
        """Do all steps; raises `CommandError` from the first that fails, with the record saved."""
        new = self._kept.version == 0
        self._begin(plan, Status.CREATING if new else Status.UPDATING)
        try:
            for step in reversed(plan.steps):
                if step.delete_first and step.stored:
                    self._delete(step.stored)
            for step in plan.steps:
                if step.action not in (Action.DELETE, Action.LEAVE):
                    self._make(step, self._wanted[step.logical_id], checks)
                    progress(step)
            self._clean_up([s for s in plan.steps if s.action in (Action.DELETE, Action.LEAVE)], progress)
        except BaseException as error:
            self._fail(error, Status.CREATE_FAILED if new else Status.UPDATE_FAILED)
            raise
        self._stack.status = Status.CREATED if new else Status.UPDATED
        self._kept.save()

    def _begin(self, plan: Plan, status: Status) -> None:
        """Claim the stack: whoever planned on the same version is refused from now on."""
        self._stack.status = status
        for step in plan.steps:
            if step.stored and step.stored.logical_id != step.logical_id:
                self._stack.resources.pop(step.stored.logical_id, None)
                renamed = structs.replace(step.stored, logical_id=step.logical_id)
                self._stack.resources[step.logical_id] = renamed
        self._kept.save()

    def _fail(self, error: BaseException, status: Status) -> None:
        self._stack.status = status
        if isinstance(error, CommandError) and error.code != UnreachableError.code:
            self._stack.unfinished = []  # the server has said that it did not make it
        with suppress(CommandError):  # what is told is the first error
            self._kept.save()

    def _make(self, step: Step, resource: Resource, checks: Checks) -> None:
        type_ = RESOURCE_TYPES[step.type]
        computed = compute(resource, self._evaluator, self._known)
        computed = Computed(checks.with_assets(type_, computed.values, resource.path))
        try:
            made = self._carry_out(step, type_, computed, resource)
        except CommandError as error:
            raise error if isinstance(error, TemplateError) else StepError(step, error) from None
        self._known.made[step.logical_id] = made
        old = self._stack.resources.get(step.logical_id)
        if step.action is Action.REPLACE and old and not step.keep_old:
            self._stack.leftovers.append(old)
        self._stack.resources[step.logical_id] = stored_resource(resource, computed, made)
        self._stack.unfinished = []

    def _carry_out(self, step: Step, type_: ResourceType, computed: Computed, resource: Resource) -> Made:
        stored = step.stored
        if step.action is Action.NONE and stored:
            made = self._known.made[step.logical_id]
            return Made(stored.identity, made.ref, made.attributes, tuple(stored.tags))
        if step.action is Action.UPDATE and stored:
            return self._server.update(
                type_, stored.identity, computed.values, tuple(stored.tags), resource.path
            )
        identity = type_.identity_of(computed.values) or {}
        guess = stored_resource(resource, computed, Made(identity))
        self._stack.unfinished = [guess]
        self._kept.save()
        return self._server.create(type_, computed.values, resource.path)

    def _delete(self, stored: StoredResource) -> None:
        self._server.delete(RESOURCE_TYPES[stored.type], stored.identity)
        self._stack.resources.pop(stored.logical_id, None)

    def _clean_up(self, gone: Sequence[Step], progress: Progress) -> None:
        """Delete what has been replaced, and what has left the template."""
        steps = {step.logical_id: step for step in gone}
        removed = [step.stored for step in gone if step.action is Action.DELETE and step.stored]
        for stored in in_deletion_order([*removed, *self._stack.leftovers]):
            self._server.delete(RESOURCE_TYPES[stored.type], stored.identity)
            if not _drop(self._stack, stored):
                progress(steps[stored.logical_id])
        for step in gone:
            if step.action is Action.LEAVE:
                del self._stack.resources[step.logical_id]
                progress(step)


def in_deletion_order(resources: list[StoredResource]) -> list[StoredResource]:
    """The resources, each before those that it may use; the last made first among those of a type."""
    newest_first = resources[::-1]
    return sorted(newest_first, key=lambda stored: DELETION_ORDER.index(stored.type))


def delete_stack(server: Server, kept: Kept, progress: Progress) -> None:
    """Delete all that the stack has made and is not to be kept, and its record; raises `CommandError`."""
    stack = kept.stack
    stack.status = Status.DELETING
    kept.save()
    going = [stored for stored in stack.resources.values() if not stored.keep]
    try:
        for stored in in_deletion_order([*going, *stack.leftovers]):
            server.delete(RESOURCE_TYPES[stored.type], stored.identity)
            _drop(stack, stored)
            progress(Step(Action.DELETE, stored.logical_id, stored.type, (), stored))
    except BaseException:
        stack.status = Status.DELETE_FAILED
        kept.save()
        raise
    kept.remove()


def _drop(stack: Stack, stored: StoredResource) -> bool:
    """Take what has been deleted out of the record; whether it was a leftover."""
    is_leftover = any(stored is leftover for leftover in stack.leftovers)
    if is_leftover:
        stack.leftovers.remove(stored)
    else:
        stack.resources.pop(stored.logical_id, None)
    return is_leftover
