"""The way of a deployment, from a template on disk to the outputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.templates.applying import Deployment, Kept, Server, Stacks
from eventray_cluster.templates.assembly import Source, find_source
from eventray_cluster.templates.errors import Path as Place
from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.evaluating import Evaluator, Scope
from eventray_cluster.templates.known import KnownResources
from eventray_cluster.templates.outputs import Outputs, compute_outputs
from eventray_cluster.templates.parameters import parameter_values
from eventray_cluster.templates.placeholders import Placeholders
from eventray_cluster.templates.planning import Plan, Planner, Progress
from eventray_cluster.templates.resource_types import (
    NAMESPACE,
    RESOURCE_TYPES,
    USER,
    USER_POLICY,
    Properties,
    ResourceType,
)
from eventray_cluster.templates.stack import Stack, Status, decode
from eventray_cluster.templates.stacks import StoredStack
from eventray_cluster.templates.template import Template
from eventray_cluster.templates.wanted import wanted

NEW = "NOT_DEPLOYED"
"""The status of a stack that there is not yet."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be deployed."""

    place: Path
    """A template, or the folder that CDK synthesized into."""
    stack: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    """Real values of what is not deployed, by `Resource` or `Resource.Attribute`."""
    allow_skipped: frozenset[str] = frozenset()
    resume: bool = False
    """Go on although another command seems to be at work on the stack."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What pseudo parameters say."""

    region: str
    account: str
    partition: str = "aws"

    def pseudo(self, stack: str) -> dict[str, Any]:
        """The pseudo parameters of a stack."""
        arn = f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:stack/{stack}/eventray"
        return {
            "AWS::AccountId": self.account,
            "AWS::NotificationARNs": [],
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": arn,
            "AWS::StackName": stack,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
        }


class Preparation:
    """A template, read and compared with what is on the server: all there is before anything is changed."""

    def __init__(self, source: Source, request: Request, facts: Facts, kept: Kept, server: Server) -> None:
        pseudo = facts.pseudo(source.stack)
        template = source.template
        parameters = parameter_values(template.parameters, request.parameters, kept.stack.parameters)
        values = {**parameters.values, **pseudo}
        scope = Scope(values, parameters.lacking, template.mappings, template.conditions)
        self._values = _checked_values(request.values, template) | {
            name: value
            for name, value in kept.stack.values.items()
            if name not in request.values and name.split(".")[0] in template.resources
        }
        placeholders = Placeholders(source.stack, pseudo, Evaluator(scope), self._values)
        self.wanted = wanted(template, Evaluator(scope), placeholders, request.allow_skipped)
        self.known = KnownResources(template.resources, self.wanted.present, placeholders)
        self.evaluator = Evaluator(scope, self.known)
        self.kept = kept
        self.plan = Plan(())
        self._parameters = dict(parameters.kept)
        self._server = server
        self._source = source
        self._pseudo = {name: value for name, value in pseudo.items() if isinstance(value, str)}

    def compare(self) -> None:
        """Read what the stack has on the server, and make the plan; raises `CommandError`."""
        if self.wanted.refusals:
            raise UsageError("\n".join(map(str, self.wanted.refusals)))
        for name, stored in self.kept.stack.resources.items():
            if made := self._server.read(RESOURCE_TYPES[stored.type], stored.identity):
                self.known.made[name] = made
        self._check_users()
        live = dict(self.known.made)
        self.plan = Planner(self.kept.stack, self.evaluator, self.known, self).plan(self.wanted.resources)
        self.known.made = live
        for step in self.plan.steps:
            if step.stored and step.stored.logical_id in live:
                live[step.logical_id] = live[step.stored.logical_id]

    def _check_users(self) -> None:
        """A role that was made elsewhere has its user made elsewhere, too."""
        policies = [r.properties["UserName"] for r in self.wanted.resources.values() if r.type == USER_POLICY]
        mine = {r.properties["UserName"] for r in self.wanted.resources.values() if r.type == USER}
        for name in dict.fromkeys(policies):
            if name not in mine and self._server.read(RESOURCE_TYPES[USER], {"userName": name}) is None:
                raise UsageError(
                    f"The template grants something to {name!r}, which it does not make itself: "
                    f"make the user with `eventray iam create-user {name}` first."
                )

    @property
    def status(self) -> str:
        """How the last command on the stack ended."""
        return str(self.kept.stack.status) if self.kept.version else NEW

    @property
    def has_changes(self) -> bool:
        """Whether there is anything to do, be it only to finish what a failed deployment left."""
        stack = self.kept.stack
        unfinished = stack.status not in (Status.CREATED, Status.UPDATED)
        given = (self._parameters, self._values) != (stack.parameters, stack.values)
        return bool(self.plan.changes or stack.leftovers or unfinished or given)

    def deploy(self, progress: Progress) -> None:
        """Do what was planned; raises `CommandError`."""
        self.kept.stack.parameters = self._parameters
        self.kept.stack.values = self._values
        deployment = Deployment(self._server, self.kept, self.wanted.resources, self.evaluator, self.known)
        deployment.run(self.plan, self, progress)

    def check(self, type_: ResourceType, properties: Properties, path: Place) -> None:
        """Whether a request can be made of the properties; raises `TemplateError`."""
        self._server.check(type_, properties, path)

    def with_assets(self, type_: ResourceType, properties: Properties, path: Place) -> dict[str, Any]:
        """The properties with the code that `CodeS3Location` names; raises `TemplateError`, `UsageError`."""
        found = dict(properties)
        if type_.name == NAMESPACE and "CodeS3Location" in found:
            location = found.pop("CodeS3Location")
            if "CodeHandlers" in found:
                raise TemplateError(path, "Give CodeHandlers or CodeS3Location, not both.")
            found["CodeHandlers"] = self._source.file(str(location), self._pseudo)
        return found

    def outputs(self) -> Outputs:
        """The template's outputs, as far as they are known by now."""
        return compute_outputs(self._source.template.outputs, self.evaluator, self.known)


def _checked_values(given: Mapping[str, str], template: Template) -> dict[str, str]:
    for name in given:
        if name.split(".")[0] not in template.resources:
            raise UsageError(f"The template has no resource that --value {name}=… could be about.")
    return dict(given)


class ReadableStacks(Stacks, Protocol):
    """Where the records are kept, and read from."""

    def load(self, name: str) -> StoredStack | None:
        """The record of that name."""


def prepare(request: Request, server: Server, stacks: ReadableStacks, facts: Facts) -> Preparation:
    """Find the template and plan its deployment; raises `CommandError`. Changes nothing."""
    source = find_source(request.place, request.stack)
    kept = open_stack(source.stack, server, stacks, request.resume) or Kept(
        stacks, Stack(name=source.stack), 0
    )
    preparation = Preparation(source, request, facts, kept, server)
    preparation.compare()
    return preparation


def open_stack(name: str, server: Server, stacks: ReadableStacks, resume: bool) -> Kept | None:
    """The record of a stack, to be changed; None if there is none.

    Raises `CommandError` if another command is at work on it, unless `resume` says that it is not.
    """
    stored = stacks.load(name)
    if stored is None:
        return None
    try:
        stack = decode(stored.body)
    except msgspec.DecodeError as error:
        raise CommandError(f"The record of the stack {name!r} is of another version: {error}.") from None
    if stack.status.in_progress and not resume:
        raise CommandError(
            f"A command is at work on the stack {name!r}, or was cut off; if it was, --resume goes on."
        )
    lost = tuple(r for r in stack.unfinished if set(r.identity) != set(RESOURCE_TYPES[r.type].identity))
    _recover(stack, server)
    return Kept(stacks, stack, stored.version, lost)


def _recover(stack: Stack, server: Server) -> None:
    """Take up what a command was about to make when it was cut off, if that has been made."""
    for stored in stack.unfinished:
        if server.read(RESOURCE_TYPES[stored.type], stored.identity) is None:
            continue
        old = stack.resources.get(stored.logical_id)
        if old and old.identity != stored.identity:
            stack.leftovers.append(old)
        stack.resources[stored.logical_id] = stored
    stack.unfinished = []
