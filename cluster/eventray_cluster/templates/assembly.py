"""Finds a template on disk, and the files that it names: a template file, or what `cdk synth` wrote."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventray_cluster.errors import UsageError
from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.reading import read_template
from eventray_cluster.templates.template import Template, template_of

MANIFEST = "manifest.json"
STACK_ARTIFACT = "aws:cloudformation:stack"
ASSETS_ARTIFACT = "cdk:asset-manifest"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
S3 = "s3://"


@dataclass(frozen=True, slots=True)
class Source:
    """A template to deploy."""

    template: Template
    stack: str
    folder: Path
    """What paths in the template are relative to."""
    assets: Mapping[str, Path] = field(default_factory=dict)
    """CDK's files, by bucket and key; the bucket may have pseudo parameters in it, as `${AWS::Region}`."""

    def file(self, location: str, pseudo: Mapping[str, str]) -> str:
        """The text of a file that the template names by its place in S3 or by a path; raises `UsageError`."""
        path = self._path(location, pseudo)
        try:
            return path.read_text("utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(f"The file {path} cannot be read: {_reason(error)}.") from None

    def _path(self, location: str, pseudo: Mapping[str, str]) -> Path:
        if not location.startswith(S3):
            return self.folder / location
        for place, path in self.assets.items():
            if S3 + re.sub(r"\$\{(.*?)\}", lambda m: pseudo.get(m[1], m[0]), place) == location:
                return path
        raise UsageError(
            f"{location} is not among the files that CDK wrote beside the template, and EventRay does not "
            "load files from S3; give a path relative to the template instead."
        )


def find_source(place: Path, stack: str | None) -> Source:
    """The template of a file, or of the folder that CDK synthesized into; raises `UsageError`.

    In a folder with several stacks, `stack` says which; else it is what the stack shall be called.
    """
    if (place / MANIFEST).is_file():
        return _synthesized(place, stack)
    if place.is_dir():
        raise UsageError(f"There is no {MANIFEST} in {place}; name the template, or the folder CDK wrote.")
    beside = _artifact_of(place)
    name = stack or (beside[0] if beside else re.split(r"\.(?:template\b|[^.]*$)", place.name)[0])
    assets = _assets(place.parent, beside[1]) if beside else {}
    return Source(_template(place), _checked_name(name), place.parent, assets)


def _synthesized(folder: Path, stack: str | None) -> Source:
    manifest = _json(folder / MANIFEST)
    stacks = _stacks(manifest)
    names = {stack} if stack else set()
    chosen = {key: a for key, a in stacks.items() if not names or names & {key, _stack_name(key, a)}}
    if len(chosen) != 1:
        known = ", ".join(_stack_name(key, a) for key, a in stacks.items()) or "none"
        nested = " Its stages are folders of their own." if _has_stages(manifest) else ""
        raise UsageError(f"Say with --stack which stack of {folder} to deploy: {known}.{nested}")
    key, artifact = next(iter(chosen.items()))
    template = _template(folder / artifact["properties"]["templateFile"])
    return Source(template, _checked_name(_stack_name(key, artifact)), folder, _assets(folder, artifact))


def _artifact_of(template: Path) -> tuple[str, Mapping[str, Any]] | None:
    """Name and artifact of a template that stands where CDK wrote it."""
    manifest = template.parent / MANIFEST
    for key, artifact in _stacks(_json(manifest)).items() if manifest.is_file() else ():
        if artifact.get("properties", {}).get("templateFile") == template.name:
            return _stack_name(key, artifact), artifact
    return None


def _stacks(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {k: a for k, a in manifest.get("artifacts", {}).items() if a.get("type") == STACK_ARTIFACT}


def _has_stages(manifest: Mapping[str, Any]) -> bool:
    return any(a.get("type") == "cdk:cloud-assembly" for a in manifest.get("artifacts", {}).values())


def _stack_name(key: str, artifact: Mapping[str, Any]) -> str:
    return str(artifact.get("properties", {}).get("stackName", key))


def _assets(folder: Path, artifact: Mapping[str, Any]) -> dict[str, Path]:
    """The files of the stack's asset manifests, by `bucket/key`."""
    manifest = _json(folder / MANIFEST)
    found: dict[str, Path] = {}
    for name in artifact.get("dependencies", []):
        entry = manifest["artifacts"].get(name, {})
        if entry.get("type") == ASSETS_ARTIFACT:
            found |= _files(folder, _json(folder / entry["properties"]["file"]))
    return found


def _files(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Path]:
    return {
        f"{destination['bucketName']}/{destination['objectKey']}": folder / asset["source"]["path"]
        for asset in manifest.get("files", {}).values()
        if asset.get("source", {}).get("packaging") == "file"
        for destination in asset.get("destinations", {}).values()
    }


def _checked_name(name: str) -> str:
    if NAME.fullmatch(name):
        return name
    raise UsageError(f"{name!r} cannot be a stack's name; give one of letters, digits and '-' with --stack.")


def _template(path: Path) -> Template:
    try:
        return template_of(read_template(_text(path)))
    except TemplateError as error:
        raise TemplateError(error.path, f"{error.message} [{path}]") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise UsageError(f"The template {path} cannot be read: {_reason(error)}.") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {_reason(error)}.") from None
    return found if isinstance(found, dict) else {}


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it is not what it should be"
