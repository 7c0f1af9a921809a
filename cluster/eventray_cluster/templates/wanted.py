"""What a template wants on the server: its resources in an order in which they can be made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.evaluating import Evaluator
from eventray_cluster.templates.grants import GrantReader
from eventray_cluster.templates.guards import Refusal, unguarded
from eventray_cluster.templates.placeholders import Placeholders
from eventray_cluster.templates.references import mentioned
from eventray_cluster.templates.resource_types import API_KEY, DATA_SOURCE, PREFIX, RESOURCE_TYPES
from eventray_cluster.templates.template import Resource, Template

GRAPHQL_API = PREFIX + "GraphQLApi"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be deployed, and what is not."""

    present: Mapping[str, Resource]
    """The template's resources whose condition holds."""
    resources: Mapping[str, Resource]
    """By logical id, each after those that it needs; users and policies made of IAM's are among them."""
    skipped: Mapping[str, Resource]
    """What is not for EventRay, by logical id."""
    refusals: tuple[Refusal, ...]
    """What would have to be skipped but may not."""


def wanted(
    template: Template, evaluator: Evaluator, placeholders: Placeholders, allowed: frozenset[str]
) -> Wanted:
    """Sort a template's resources; raises `TemplateError`. What is of a type in `allowed` may be skipped."""
    present = {
        name: resource
        for name, resource in template.resources.items()
        if resource.condition is None
        or evaluator.condition(resource.condition, ("Resources", name, "Condition"))
    }
    for resource in present.values():
        _check_names(resource, template)
    grants = GrantReader(present, evaluator, placeholders).read(allowed)
    mine = {name: r for name, r in present.items() if _is_deployed(r, present)}
    guards = [r for r in unguarded(present, evaluator) if r.type not in allowed]
    return Wanted(
        present,
        _in_order({**mine, **grants.resources}),
        {n: r for n, r in present.items() if n not in mine and n not in grants.carried_over},
        (*grants.refusals, *guards),
    )


def _check_names(resource: Resource, template: Template) -> None:
    for name in resource.depends_on:
        if name not in template.resources:
            path = ("Resources", resource.logical_id, "DependsOn")
            raise TemplateError(path, f"There is no resource {name!r}.")


def _is_deployed(resource: Resource, present: Mapping[str, Resource]) -> bool:
    """An API key or a data source may be one of a GraphQL API, which EventRay has not."""
    if resource.type in (API_KEY, DATA_SOURCE):
        owners = mentioned(resource.properties.get("ApiId"))
        if any(present[name].type == GRAPHQL_API for name in owners if name in present):
            return False
    return resource.type in RESOURCE_TYPES and resource.type.startswith(PREFIX)


def _in_order(resources: Mapping[str, Resource]) -> dict[str, Resource]:
    """Each after what it needs, otherwise as in the template."""
    places = {name: place for place, name in enumerate(resources)}
    graph = {name: _needs(resource, resources) for name, resource in resources.items()}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise TemplateError(("Resources",), f"These resources need each other: {circle}.") from None
    order: list[str] = []
    while ready := sorted(sorter.get_ready(), key=places.__getitem__):
        order += ready
        sorter.done(*ready)
    return {name: resources[name] for name in order}


def _needs(resource: Resource, resources: Iterable[str]) -> set[str]:
    return (mentioned(resource.properties) | set(resource.depends_on)) & set(resources) - {
        resource.logical_id
    }
