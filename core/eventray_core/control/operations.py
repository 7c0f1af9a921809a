"""The operations of the management API: names, requests, and what a policy must allow.

The names are AWS's, as are methods and paths of all that does not begin with `/eventray/`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from eventray_core.control import (
    api_keys,
    apis,
    certificates,
    data_sources,
    domain_names,
    evaluation,
    iam,
    iam_policies,
    namespaces,
    stacks,
    tags,
)
from eventray_core.control.arns import (
    api_arn,
    certificate_arn,
    domain_name_arn,
    namespace_arn,
    own_arn,
    user_arn,
)
from eventray_core.control.calls import Call
from eventray_core.control.facts import Facts
from eventray_core.control.requests import Handler

Resources = Callable[[Call, Facts], str]
"""The ARN of what a call is about, for the policy check; `*` where the action has no resource type at AWS."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `{name}` in the path stands for one segment, `{name+}` for all that follow."""

    name: str
    method: str
    path: str
    resource: Resources
    handler: Handler
    service: str = "appsync"

    @property
    def action(self) -> str:
        """What a policy calls it."""
        return f"{self.service}:{self.name}"


def _any(_call: Call, _facts: Facts) -> str:
    return "*"


def _api(call: Call, facts: Facts) -> str:
    return api_arn(facts, call.path.get("apiId", ""))


def _namespace(call: Call, facts: Facts) -> str:
    return namespace_arn(facts, call.path.get("apiId", ""), call.path.get("name", ""))


def _user(call: Call, facts: Facts) -> str:
    return user_arn(facts, call.path.get("userName", ""))


def _new_user(call: Call, facts: Facts) -> str:
    return user_arn(facts, iam.name_of_new_user(call.body))


def _domain_name(call: Call, facts: Facts) -> str:
    return domain_name_arn(facts, call.path.get("domainName", ""))


def _tagged(call: Call, _facts: Facts) -> str:
    return call.path.get("resourceArn", "")


def _certificate(call: Call, facts: Facts) -> str:
    return certificate_arn(facts, call.path.get("certificateId", ""))


def _stack(call: Call, facts: Facts) -> str:
    return own_arn(facts, f"stack/{call.path.get('name', '')}")


_APIS = (
    Operation("CreateApi", "POST", "/v2/apis", _any, apis.create),
    Operation("GetApi", "GET", "/v2/apis/{apiId}", _api, apis.get),
    Operation("ListApis", "GET", "/v2/apis", _any, apis.list_),
    Operation("UpdateApi", "POST", "/v2/apis/{apiId}", _api, apis.update),
    Operation("DeleteApi", "DELETE", "/v2/apis/{apiId}", _api, apis.delete),
    Operation("ListGraphqlApis", "GET", "/v1/apis", _any, apis.list_graphql),
)

_MANY = "/v2/apis/{apiId}/channelNamespaces"
_ONE = "/v2/apis/{apiId}/channelNamespaces/{name}"

_NAMESPACES = (
    Operation("CreateChannelNamespace", "POST", _MANY, _api, namespaces.create),
    Operation("GetChannelNamespace", "GET", _ONE, _namespace, namespaces.get),
    Operation("ListChannelNamespaces", "GET", _MANY, _api, namespaces.list_),
    Operation("UpdateChannelNamespace", "POST", _ONE, _namespace, namespaces.update),
    Operation("DeleteChannelNamespace", "DELETE", _ONE, _namespace, namespaces.delete),
)

_API_KEYS = (
    Operation("CreateApiKey", "POST", "/v1/apis/{apiId}/apikeys", _any, api_keys.create),
    Operation("ListApiKeys", "GET", "/v1/apis/{apiId}/apikeys", _any, api_keys.list_),
    Operation("UpdateApiKey", "POST", "/v1/apis/{apiId}/apikeys/{id}", _any, api_keys.update),
    Operation("DeleteApiKey", "DELETE", "/v1/apis/{apiId}/apikeys/{id}", _any, api_keys.delete),
)

_USERS = "/eventray/iam/users"
_USER = "/eventray/iam/users/{userName}"
_KEY = f"{_USER}/access-keys/{{accessKeyId}}"
_POLICY = f"{_USER}/policies/{{policyName}}"

_IAM = (
    Operation("CreateUser", "POST", _USERS, _new_user, iam.create_user, "iam"),
    Operation("GetUser", "GET", _USER, _user, iam.get_user, "iam"),
    Operation("ListUsers", "GET", _USERS, _user, iam.list_users, "iam"),
    Operation("DeleteUser", "DELETE", _USER, _user, iam.delete_user, "iam"),
    Operation("CreateAccessKey", "POST", f"{_USER}/access-keys", _user, iam.create_access_key, "iam"),
    Operation("ListAccessKeys", "GET", f"{_USER}/access-keys", _user, iam.list_access_keys, "iam"),
    Operation("UpdateAccessKey", "POST", _KEY, _user, iam.update_access_key, "iam"),
    Operation("DeleteAccessKey", "DELETE", _KEY, _user, iam.delete_access_key, "iam"),
    Operation("PutUserPolicy", "POST", _POLICY, _user, iam_policies.put_user_policy, "iam"),
    Operation("GetUserPolicy", "GET", _POLICY, _user, iam_policies.get_user_policy, "iam"),
    Operation("ListUserPolicies", "GET", f"{_USER}/policies", _user, iam_policies.list_user_policies, "iam"),
    Operation("DeleteUserPolicy", "DELETE", _POLICY, _user, iam_policies.delete_user_policy, "iam"),
)

_MANY_SOURCES = "/v1/apis/{apiId}/datasources"
_ONE_SOURCE = "/v1/apis/{apiId}/datasources/{name}"

_DATA_SOURCES = (
    Operation("CreateDataSource", "POST", _MANY_SOURCES, _any, data_sources.create),
    Operation("GetDataSource", "GET", _ONE_SOURCE, _any, data_sources.get),
    Operation("ListDataSources", "GET", _MANY_SOURCES, _any, data_sources.list_),
    Operation("UpdateDataSource", "POST", _ONE_SOURCE, _any, data_sources.update),
    Operation("DeleteDataSource", "DELETE", _ONE_SOURCE, _any, data_sources.delete),
)

_TAGS = (
    Operation("TagResource", "POST", "/v1/tags/{resourceArn+}", _tagged, tags.tag),
    Operation("UntagResource", "DELETE", "/v1/tags/{resourceArn+}", _tagged, tags.untag),
    Operation("ListTagsForResource", "GET", "/v1/tags/{resourceArn+}", _tagged, tags.list_),
)

_DOMAIN = "/v1/domainnames/{domainName}"
_ASSOCIATION = "/v1/domainnames/{domainName}/apiassociation"

_DOMAIN_NAMES = (
    Operation("CreateDomainName", "POST", "/v1/domainnames", _any, domain_names.create),
    Operation("GetDomainName", "GET", _DOMAIN, _domain_name, domain_names.get),
    Operation("ListDomainNames", "GET", "/v1/domainnames", _any, domain_names.list_),
    Operation("UpdateDomainName", "POST", _DOMAIN, _domain_name, domain_names.update),
    Operation("DeleteDomainName", "DELETE", _DOMAIN, _domain_name, domain_names.delete),
    Operation("AssociateApi", "POST", _ASSOCIATION, _domain_name, domain_names.associate),
    Operation("GetApiAssociation", "GET", _ASSOCIATION, _domain_name, domain_names.get_association),
    Operation("DisassociateApi", "DELETE", _ASSOCIATION, _domain_name, domain_names.disassociate),
)

_CODE = (Operation("EvaluateCode", "POST", "/v1/dataplane-evaluatecode", _any, evaluation.evaluate),)

_OWN = "eventray"
_CERTIFICATE = "/eventray/certificates/{certificateId}"
_STACK = "/eventray/stacks/{name}"

_CERTIFICATES = (
    Operation("ImportCertificate", "POST", "/eventray/certificates", _any, certificates.import_, _OWN),
    Operation("GetCertificate", "GET", _CERTIFICATE, _certificate, certificates.get, _OWN),
    Operation("ListCertificates", "GET", "/eventray/certificates", _any, certificates.list_, _OWN),
    Operation("DeleteCertificate", "DELETE", _CERTIFICATE, _certificate, certificates.delete, _OWN),
)

_STACKS = (
    Operation("PutStack", "POST", _STACK, _stack, stacks.put, _OWN),
    Operation("GetStack", "GET", _STACK, _stack, stacks.get, _OWN),
    Operation("ListStacks", "GET", "/eventray/stacks", _any, stacks.list_, _OWN),
    Operation("DeleteStack", "DELETE", _STACK, _stack, stacks.delete, _OWN),
)

OPERATIONS: tuple[Operation, ...] = (
    *_APIS, *_NAMESPACES, *_API_KEYS, *_DATA_SOURCES, *_TAGS, *_DOMAIN_NAMES, *_CODE,
    *_CERTIFICATES, *_STACKS, *_IAM,
)  # fmt: skip

BY_NAME: dict[str, Operation] = {operation.name: operation for operation in OPERATIONS}


@dataclass(frozen=True, slots=True)
class Match:
    """The operation that a request asks for, and its path's parameters, decoded."""

    operation: Operation
    path: dict[str, str]


def match(method: str, path: str) -> Match | None:
    """The operation of a method and a raw path (undecoded, without the query); None if there is none.

    Slashes in a row count as one. `%2F` belongs to its segment. A path with dot segments is none: a signature
    is over the path without them, so it would not say which of two readings was signed.
    """
    segments = [segment for segment in path.split("/") if segment]
    if "." in segments or ".." in segments:
        return None
    for operation, template in _templates(method):
        parameters = _fit(template, segments)
        if parameters is not None:
            return Match(operation, parameters)
    return None


def _fit(template: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    if template and template[-1].endswith("+}") and len(segments) > len(template):
        head = len(template) - 1
        segments = [*segments[:head], "/".join(segments[head:])]
    if len(template) != len(segments):
        return None
    parameters = {}
    for wanted, segment in zip(template, segments, strict=True):
        if wanted.startswith("{"):
            parameters[wanted.strip("{+}")] = unquote(segment)
        elif wanted != segment:
            return None
    return parameters


def _templates(method: str) -> Iterable[tuple[Operation, tuple[str, ...]]]:
    return _BY_METHOD.get(method, ())


def _by_method() -> dict[str, list[tuple[Operation, tuple[str, ...]]]]:
    table: dict[str, list[tuple[Operation, tuple[str, ...]]]] = {}
    for operation in OPERATIONS:
        template = tuple(re.findall(r"[^/]+", operation.path))
        table.setdefault(operation.method, []).append((operation, template))
    return table


_BY_METHOD = _by_method()
