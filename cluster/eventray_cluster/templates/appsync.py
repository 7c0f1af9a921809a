"""Makes, reads, changes and deletes AppSync resources on a server, through boto3's client."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.errors import CommandError
from eventray_cluster.templates.errors import Path
from eventray_cluster.templates.known import Made
from eventray_cluster.templates.members import request_of, tags_of, to_members
from eventray_cluster.templates.resource_types import API_KEY, Properties, ResourceType
from eventray_cluster.templates.stack import text_digest

NOT_FOUND = "NotFoundException"
UNREACHABLE_FROM = 500
"""HTTP statuses that say nothing about whether a request has been carried out."""


class AppSync:
    """The resources of AppSync; all raise `CommandError`, `UnreachableError` if the outcome is unknown.

    `client` is boto3's for `appsync`; its service model says how properties become requests.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def check(self, type_: ResourceType, properties: Properties, path: Path) -> None:
        """Whether requests can be made of the properties; raises `TemplateError`. Asks no server."""
        self._create_request(type_, properties, path)

    def create(self, type_: ResourceType, properties: Properties, path: Path) -> Made:
        """Make the resource."""
        request = self._create_request(type_, properties, path)
        answer = self._call(type_.operations[0], request)[type_.answer]
        owner = {"apiId": properties["ApiId"]} if "ApiId" in properties else {}
        return self._made(type_, {**owner, **answer}, properties)

    def read(self, type_: ResourceType, identity: Mapping[str, str]) -> Made | None:
        """The resource as it is on the server; None if it is not there."""
        answer = self._find(type_, identity)
        return None if answer is None else self._made(type_, answer, {})

    def update(
        self,
        type_: ResourceType,
        identity: Mapping[str, str],
        properties: Properties,
        old_tags: tuple[str, ...],
        path: Path,
    ) -> Made:
        """Make it as the properties say; tags with the keys `old_tags` go if they are not among them."""
        operation, found = type_.operations[2], self._find(type_, identity) or {}
        names = self._names(type_, identity, found)
        request: dict[str, Any] = request_of(self._shape(operation), properties, path, names)
        if type_.name == API_KEY:
            request.setdefault("description", "")
        answer = self._call(operation, request)[type_.answer]
        made = self._made(type_, {**found, **answer}, properties)
        if type_.tagged:
            self._tag(answer[type_.tagged], properties, old_tags, path)
        return made

    def delete(self, type_: ResourceType, identity: Mapping[str, str]) -> None:
        """Delete it; it is no error if it is not there."""
        found = self._find(type_, identity) if type_.name == API_KEY else {}
        if found is not None:
            with suppress(NotThereError):
                self._call(type_.operations[3], self._names(type_, identity, found))

    def _names(
        self, type_: ResourceType, identity: Mapping[str, str], found: Mapping[str, Any]
    ) -> dict[str, str]:
        if type_.name == API_KEY:
            return {"apiId": identity["apiId"], "id": found["id"]}
        return {member: identity[member] for member in type_.identity}

    def _find(self, type_: ResourceType, identity: Mapping[str, str]) -> dict[str, Any] | None:
        if not all(identity.get(member) for member in type_.identity):
            return None
        try:
            if type_.name == API_KEY:
                return self._find_key(identity)
            found: dict[str, Any] = self._call(type_.operations[1], dict(identity))[type_.answer]
        except NotThereError:
            return None
        return {**identity, **found}

    def _find_key(self, identity: Mapping[str, str]) -> dict[str, Any] | None:
        """Keys are kept by their digests, so that the stack's record holds no secret."""
        token: dict[str, str] = {}
        while True:
            page = self._call("ListApiKeys", {"apiId": identity["apiId"], **token})
            for key in page.get("apiKeys", []):
                if text_digest(key["id"]) == identity["digest"]:
                    return {"apiId": identity["apiId"], **key}
            if not page.get("nextToken"):
                return None
            token = {"nextToken": page["nextToken"]}

    def _made(self, type_: ResourceType, answer: Mapping[str, Any], properties: Properties) -> Made:
        if type_.name == API_KEY:
            answer = {**answer, "digest": text_digest(answer["id"]), "arn": self._key_arn(answer)}
        attributes = {name: _member(answer, place) for name, place in type_.attributes.items()}
        tags = tags_of(properties["Tags"], ("Tags",)) if properties.get("Tags") else {}
        identity = {member: str(answer[member]) for member in type_.identity}
        return Made(identity, _member(answer, type_.ref), attributes, tuple(tags))

    def _key_arn(self, key: Mapping[str, Any]) -> str:
        """As CloudFormation has it; AppSync's answers have none."""
        api: dict[str, Any] = self._call("GetApi", {"apiId": key["apiId"]})["api"]
        return f"{api['apiArn']}/apikey/{key['id']}"

    def _tag(self, arn: str, properties: Properties, old_tags: tuple[str, ...], path: Path) -> None:
        tags = tags_of(properties.get("Tags", []), (*path, "Tags"))
        if gone := [key for key in old_tags if key not in tags]:
            self._call("UntagResource", {"resourceArn": arn, "tagKeys": gone})
        if tags:
            self._call("TagResource", {"resourceArn": arn, "tags": tags})

    def _shape(self, operation: str) -> Any:
        return self._client.meta.service_model.operation_model(operation).input_shape

    def _create_request(self, type_: ResourceType, properties: Properties, path: Path) -> dict[str, Any]:
        request: dict[str, Any] = to_members(self._shape(type_.operations[0]), dict(properties), path)
        return request

    def _call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, xform_name(operation))(**request)
        except ClientError as error:
            raise _refusal(error) from None
        except ParamValidationError as error:
            raise CommandError(f"{operation} cannot be asked for: {error}") from None
        except BotoCoreError as error:
            raise UnreachableError(f"{operation} failed: {error}") from None
        return answer


class NotThereError(CommandError):
    """The server knows no such resource."""


def _refusal(error: ClientError) -> CommandError:
    response: Mapping[str, Any] = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    faults = [_fault(f) for f in response.get("detail", {}).get("codeErrors", [])]
    text = "\n".join([str(error), *faults])
    if response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= UNREACHABLE_FROM:
        return UnreachableError(text)
    return NotThereError(text) if code == NOT_FOUND else CommandError(text)


def _fault(fault: Mapping[str, Any]) -> str:
    place = fault.get("location", {})
    where = f"line {place.get('line', 0)}, column {place.get('column', 0)}"
    return f"In the code, {where}: {fault.get('errorType', '')}: {fault.get('value', '')}"


def _member(answer: Mapping[str, Any], place: str) -> str:
    found: Any = answer
    for part in place.split("."):
        found = found.get(part, "") if isinstance(found, Mapping) else ""
    return str(found)
