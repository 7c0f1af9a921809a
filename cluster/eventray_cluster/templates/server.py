"""All resource types on one server."""

from collections.abc import Mapping

from eventray_cluster.templates.applying import Server
from eventray_cluster.templates.errors import Path
from eventray_cluster.templates.known import Made
from eventray_cluster.templates.resource_types import PREFIX, Properties, ResourceType


class AllTypes:
    """Passes what is about AppSync's types to one, and what is about EventRay's own to the other."""

    def __init__(self, appsync: Server, iam: Server) -> None:
        self._appsync = appsync
        self._iam = iam

    def _of(self, type_: ResourceType) -> Server:
        return self._appsync if type_.name.startswith(PREFIX) else self._iam

    def check(self, type_: ResourceType, properties: Properties, path: Path) -> None:
        """Whether requests can be made of the properties; raises `TemplateError`."""
        self._of(type_).check(type_, properties, path)

    def create(self, type_: ResourceType, properties: Properties, path: Path) -> Made:
        """Make a resource."""
        return self._of(type_).create(type_, properties, path)

    def read(self, type_: ResourceType, identity: Mapping[str, str]) -> Made | None:
        """A resource as it is; None if it is not there."""
        return self._of(type_).read(type_, identity)

    def update(
        self,
        type_: ResourceType,
        identity: Mapping[str, str],
        properties: Properties,
        old_tags: tuple[str, ...],
        path: Path,
    ) -> Made:
        """Make a resource as the properties say."""
        return self._of(type_).update(type_, identity, properties, old_tags, path)

    def delete(self, type_: ResourceType, identity: Mapping[str, str]) -> None:
        """Delete a resource; it is no error if it is not there."""
        self._of(type_).delete(type_, identity)
