"""Which of the things that a stack has made is which resource of the template.

What has a name on the server is known by it, so a resource that gets another logical id, or two that change
places, are not made again; else the logical id decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eventray_cluster.templates.known import Made
from eventray_cluster.templates.resource_types import RESOURCE_TYPES
from eventray_cluster.templates.stack import Stack, StoredResource
from eventray_cluster.templates.template import Resource

IdentityOf = Callable[[Resource], Mapping[str, str] | None]
"""What a resource will be named on the server; None if the server chooses, or it is not known yet."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that the stack has made, as it is on the server now; None if it is not there any more."""

    stored: StoredResource
    made: Made | None
    leftover: bool = False


def candidates(stack: Stack, read: Callable[[StoredResource], Made | None]) -> list[Candidate]:
    """All that the stack has made; `read` looks at the server."""
    current = [Candidate(stored, read(stored)) for stored in stack.resources.values()]
    return [*current, *(Candidate(stored, read(stored), leftover=True) for stored in stack.leftovers)]


def match(
    found: Sequence[Candidate], wanted: Mapping[str, Resource], identity_of: IdentityOf
) -> dict[str, Candidate]:
    """By logical id: what is there already. No two have the same."""
    there = [candidate for candidate in found if candidate.made]
    by_name = {_key(c.stored.type, c.stored.identity): c for c in there if _is_named(c.stored)}
    owners = {}
    for name, resource in wanted.items():
        identity = identity_of(resource)
        if identity is not None and (candidate := by_name.pop(_key(resource.type, identity), None)):
            owners[name] = candidate
    taken = [id(candidate) for candidate in owners.values()]
    rest = {c.stored.logical_id: c for c in there if id(c) not in taken and not c.leftover}
    return {**owners, **{n: rest[n] for n in wanted if n in rest and n not in owners}}


def _is_named(stored: StoredResource) -> bool:
    return all(RESOURCE_TYPES[stored.type].identity.values())


def _key(type_name: str, identity: Mapping[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return type_name, tuple(sorted(identity.items()))
