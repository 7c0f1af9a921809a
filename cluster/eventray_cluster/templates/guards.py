"""Resources that EventRay does not deploy although they decide who gets in: an error unless allowed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.evaluating import Evaluator
from eventray_cluster.templates.references import mentioned
from eventray_cluster.templates.resource_types import API
from eventray_cluster.templates.template import Resource

WEB_ACL_ASSOCIATION = "AWS::WAFv2::WebACLAssociation"
NESTED_STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A resource that may not be skipped without a word."""

    logical_id: str
    type: str
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.logical_id} ({self.type}): {self.reason} With --allow-skipped {self.type} it is left out."
        )


def unguarded(resources: Mapping[str, Resource], evaluator: Evaluator) -> Iterator[Refusal]:
    """The resources, of those that are to be made, that would protect something and cannot here."""
    apis = {name for name, resource in resources.items() if resource.type == API}
    for resource in resources.values():
        if resource.type == WEB_ACL_ASSOCIATION and _protects_an_api(resource, apis, evaluator):
            reason = "EventRay has no firewall, so the API would stand open to what this one keeps out."
            yield Refusal(resource.logical_id, resource.type, reason)
        elif resource.type == NESTED_STACK:
            reason = "nested stacks are not deployed, and this one may hold what guards access."
            yield Refusal(resource.logical_id, resource.type, reason)


def _protects_an_api(resource: Resource, apis: Collection[str], evaluator: Evaluator) -> bool:
    target = resource.properties.get("ResourceArn")
    if mentioned(target) & set(apis):
        return True
    try:
        return ":appsync:" in evaluator.text(target, resource.path)
    except TemplateError:
        return True
