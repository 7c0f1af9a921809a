"""The outputs of a template, after a deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.evaluating import Evaluator
from eventray_cluster.templates.functions import text_of
from eventray_cluster.templates.known import KnownResources
from eventray_cluster.templates.template import Output


@dataclass(slots=True)
class Outputs:
    """What there is to show."""

    values: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    """Outputs that have no value here, and why."""


def compute_outputs(outputs: Mapping[str, Output], evaluator: Evaluator, known: KnownResources) -> Outputs:
    """Compute what can be computed; an output about something that is not deployed is left out."""
    found = Outputs()
    for name, output in outputs.items():
        path = ("Outputs", name, "Value")
        known.replaced, known.unknown = set(), False
        try:
            if output.condition is not None and not evaluator.condition(output.condition, path):
                continue
            value = text_of(evaluator.value(output.value, path), path)
        except TemplateError as error:
            found.left_out[name] = str(error)
            continue
        if known.replaced:
            found.left_out[name] = f"{', '.join(sorted(known.replaced))} is not deployed to EventRay."
        elif not known.unknown:
            found.values[name] = value
    return found
