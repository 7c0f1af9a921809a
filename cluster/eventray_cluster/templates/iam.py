"""Makes, changes and deletes EventRay's users and their policies on a server."""

import json
from collections.abc import Mapping

from eventray_cluster.signed_http import RefusedError, SignedHttp
from eventray_cluster.templates.errors import Path, TemplateError
from eventray_cluster.templates.known import Made
from eventray_cluster.templates.resource_types import USER, Properties, ResourceType
from eventray_core.policy import MalformedPolicyError, Policy

USERS = ("eventray", "iam", "users")
NOT_THERE = "NoSuchEntityException"


class Iam:
    """The users and policies; all raise `CommandError`, `UnreachableError` if the outcome is unknown."""

    def __init__(self, http: SignedHttp) -> None:
        self._http = http

    def check(self, type_: ResourceType, properties: Properties, path: Path) -> None:
        """Whether the server would understand a policy; raises `TemplateError`."""
        if type_.name != USER:
            try:
                Policy.of([_document(properties)])
            except MalformedPolicyError as error:
                message = f"EventRay cannot evaluate the policy {properties['PolicyName']!r}: {error}"
                raise TemplateError((*path, "PolicyDocument"), message) from None

    def create(self, type_: ResourceType, properties: Properties, path: Path) -> Made:
        """Make a user, or put a policy."""
        if type_.name == USER:
            self._http.call("POST", *USERS, body={"userName": properties["UserName"]})
        else:
            self._put(properties)
        return Made(type_.identity_of(properties) or {})

    def read(self, type_: ResourceType, identity: Mapping[str, str]) -> Made | None:
        """The user or policy; None if it is not there."""
        try:
            self._http.call("GET", *_place(type_, identity))
        except RefusedError as error:
            if error.error_type == NOT_THERE:
                return None
            raise
        return Made(identity)

    def update(
        self,
        type_: ResourceType,
        identity: Mapping[str, str],
        properties: Properties,
        old_tags: tuple[str, ...],
        path: Path,
    ) -> Made:
        """Put a policy; of a user there is nothing to change."""
        if type_.name != USER:
            self._put(properties)
        return Made(identity)

    def delete(self, type_: ResourceType, identity: Mapping[str, str]) -> None:
        """Delete a policy, or a user with all access keys; it is no error if it is not there."""
        place = _place(type_, identity)
        try:
            if type_.name == USER:
                for key in self._keys(place):
                    self._http.call("DELETE", *place, "access-keys", key)
            self._http.call("DELETE", *place)
        except RefusedError as error:
            if error.error_type != NOT_THERE:
                raise

    def _keys(self, user: tuple[str, ...]) -> list[str]:
        return [str(key["accessKeyId"]) for key in self._http.items("accessKeys", *user, "access-keys")]

    def _put(self, properties: Properties) -> None:
        place = (*USERS, properties["UserName"], "policies", properties["PolicyName"])
        self._http.call("POST", *place, body={"policyDocument": _document(properties)})


def _place(type_: ResourceType, identity: Mapping[str, str]) -> tuple[str, ...]:
    user = (*USERS, identity["userName"])
    return user if type_.name == USER else (*user, "policies", identity["policyName"])


def _document(properties: Properties) -> str:
    return json.dumps(properties["PolicyDocument"], separators=(",", ":"), ensure_ascii=False)
