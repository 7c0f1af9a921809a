"""A stand-in for a server that templates are deployed to: keeps resources as AppSync and IAM do."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.errors import CommandError
from eventray_cluster.templates.errors import Path, TemplateError
from eventray_cluster.templates.known import Made
from eventray_cluster.templates.resource_types import API, API_KEY, DOMAIN_NAME, Properties, ResourceType
from eventray_cluster.templates.stacks import ChangedMeanwhileError, StoredStack

Key = tuple[str, tuple[tuple[str, str], ...]]


def key_of(type_: ResourceType, identity: Mapping[str, str]) -> Key:
    """What a resource is found by."""
    return type_.name, tuple(sorted(identity.items()))


@dataclass
class MemoryServer:
    """`before` and `after` are told of each call that changes something, and may raise."""

    resources: dict[Key, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda call: None
    after: Callable[[str], None] = lambda call: None
    counter: int = 0

    def check(self, type_: ResourceType, properties: Properties, path: Path) -> None:
        """A property called Bad is not understood."""
        if "Bad" in properties:
            raise TemplateError((*path, "Bad"), "There is no such property.")

    def create(self, type_: ResourceType, properties: Properties, path: Path) -> Made:
        """Make it; refuses what is there, and what belongs to an API that is not."""
        identity = type_.identity_of(properties)
        if identity is None:
            self.counter += 1
            known = {"apiId": str(properties.get("ApiId", ""))} if type_.name == API_KEY else {}
            identity = {**known, [*type_.identity][-1]: f"{type_.name[14:]}-{self.counter}"}
        call = f"create {type_.name} {' '.join(identity.values())}"
        self._start(call)
        if key_of(type_, identity) in self.resources:
            raise CommandError(f"ConflictException: {call}")
        if "ApiId" in properties and (API, (("apiId", properties["ApiId"]),)) not in self.resources:
            raise CommandError(f"NotFoundException: {call}")
        self.resources[key_of(type_, identity)] = dict(properties)
        self.after(call)
        return self._made(type_, identity)

    def read(self, type_: ResourceType, identity: Mapping[str, str]) -> Made | None:
        """It, if it is there."""
        if set(identity) != set(type_.identity):
            return None
        return self._made(type_, identity) if key_of(type_, identity) in self.resources else None

    def update(
        self,
        type_: ResourceType,
        identity: Mapping[str, str],
        properties: Properties,
        old_tags: tuple[str, ...],
        path: Path,
    ) -> Made:
        """Give it other properties."""
        call = f"update {type_.name} {' '.join(identity.values())}"
        self._start(call)
        if key_of(type_, identity) not in self.resources:
            raise CommandError(f"NotFoundException: {call}")
        self.resources[key_of(type_, identity)] = dict(properties)
        self.after(call)
        return self._made(type_, identity)

    def delete(self, type_: ResourceType, identity: Mapping[str, str]) -> None:
        """Delete it, and with an API what belongs to it."""
        call = f"delete {type_.name} {' '.join(identity.values())}"
        self._start(call)
        self.resources.pop(key_of(type_, identity), None)
        if type_.name in (API, DOMAIN_NAME):
            owned = [key for key in self.resources if set(identity.items()) <= set(key[1])]
            for key in owned:
                del self.resources[key]
        self.after(call)

    def _start(self, call: str) -> None:
        self.before(call)
        self.calls.append(call)

    def _made(self, type_: ResourceType, identity: Mapping[str, str]) -> Made:
        text = "/".join(identity.values())
        attributes = {name: f"{name}:{text}" for name in type_.attributes} | {
            "ApiId": identity.get("apiId", "")
        }
        arn = f"arn:aws:appsync:us-east-1:000000000000:{text}"
        attributes |= {name: arn for name in attributes if name.endswith("Arn")}
        return Made(dict(identity), identity.get("domainName", arn), attributes)

    def contents(self) -> list[tuple[str, dict[str, Any]]]:
        """All resources without what the server chose, to be compared."""
        return sorted(((key[0], _without_ids(value)) for key, value in self.resources.items()), key=str)


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    return re.sub(r"\b(Api(?:Key)?)-\d+", r"\1-n", value) if isinstance(value, str) else value


@dataclass
class MemoryStacks:
    """Records of stacks, with versions; `before` is asked before each write, and may raise."""

    stacks: dict[str, StoredStack] = field(default_factory=dict)
    before: Callable[[str], None] = lambda call: None

    def load(self, name: str) -> StoredStack | None:
        """The record of that name."""
        return self.stacks.get(name)

    def save(self, name: str, body: str, version: int) -> int:
        """Write a record in the place of that version."""
        self.before("save")
        self._expect(name, version)
        self.stacks[name] = StoredStack(name, version + 1, body, 0)
        return version + 1

    def remove(self, name: str, version: int) -> None:
        """Remove a record of that version."""
        self.before("remove")
        self._expect(name, version)
        del self.stacks[name]

    def _expect(self, name: str, version: int) -> None:
        stored = self.stacks.get(name)
        if version != (stored.version if stored else 0):
            raise ChangedMeanwhileError(name)


class Killed(BaseException):
    """What ends a command without a chance to say anything."""


def refuse(call: str) -> None:
    """The server says no."""
    raise CommandError(f"refused: {call}")


def lose(call: str) -> None:
    """Nobody knows what became of it."""
    raise UnreachableError(f"lost: {call}")
