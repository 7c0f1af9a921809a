"""What is known of a template's resources while it is planned or deployed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eventray_cluster.templates.evaluating import LackingError
from eventray_cluster.templates.placeholders import Placeholders
from eventray_cluster.templates.resource_types import RESOURCE_TYPES
from eventray_cluster.templates.template import Resource

UNKNOWN = "known-after-deployment"
"""In the place of values that the server will choose."""
UNKNOWN_ARN = f"arn:aws:appsync:us-east-1:000000000000:apis/{UNKNOWN}"


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that is on the server."""

    identity: Mapping[str, str]
    """What names it in requests, and is kept with the stack."""
    ref: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    """The keys of the tags that the template gave it."""


class KnownResources:
    """Answers `Ref` and `Fn::GetAtt`; notes what had to be answered with a value that is not the real one.

    `made` may be changed from outside as resources come and go.
    """

    def __init__(
        self, template: Mapping[str, Resource], present: Mapping[str, Resource], placeholders: Placeholders
    ) -> None:
        self._template = template
        self._present = present
        self._placeholders = placeholders
        self.made: dict[str, Made] = {}
        self.unknown = False
        """Whether something was asked that the server has not chosen yet; the caller puts it back."""
        self.replaced: set[str] = set()
        """What placeholders stood for, such as `Role.Arn`; the caller empties it."""

    def ref(self, logical_id: str) -> Any:
        """What `Ref` is; raises `LackingError`."""
        resource = self._resource(logical_id)
        if resource.type not in RESOURCE_TYPES:
            return self._replaced(logical_id) or self._placeholders.ref(resource)
        made = self._made(logical_id)
        return made.ref if made else _unknown(RESOURCE_TYPES[resource.type].ref)

    def attribute(self, logical_id: str, name: str) -> Any:
        """What `Fn::GetAtt` is; raises `LackingError`."""
        resource = self._resource(logical_id)
        type_ = RESOURCE_TYPES.get(resource.type)
        if type_ is None:
            return self._replaced(f"{logical_id}.{name}") or self._placeholders.attribute(resource, name)
        if name not in type_.attributes:
            raise LackingError(f"{resource.type} has no attribute {name!r}.")
        made = self._made(logical_id)
        return made.attributes.get(name, "") if made else _unknown(name)

    def _replaced(self, name: str) -> str | None:
        """The real value if the caller knows it; else it is noted that there is none."""
        given = self._placeholders.given(name)
        if given is None:
            self.replaced.add(name)
        return given

    def _made(self, logical_id: str) -> Made | None:
        made = self.made.get(logical_id)
        self.unknown = self.unknown or made is None
        return made

    def _resource(self, logical_id: str) -> Resource:
        if logical_id in self._present:
            return self._present[logical_id]
        if logical_id in self._template:
            raise LackingError(f"The resource {logical_id!r} is not made, as its condition does not hold.")
        raise LackingError(f"There is no resource or parameter {logical_id!r}.")


def _unknown(name: str) -> str:
    """In the form of an ARN where it will be one, so that what is made of it can be checked."""
    return UNKNOWN_ARN if name.lower().endswith("arn") else UNKNOWN
