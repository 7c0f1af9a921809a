"""The resource types that EventRay deploys, and how CloudFormation's words for them are AppSync's.

From CloudFormation's resource schemas and the AppSync service model; a property and the member of the API
that is meant by it differ in nothing but the case of letters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Properties = Mapping[str, Any]
"""Computed properties, with CloudFormation's names."""

PREFIX = "AWS::AppSync::"
API = PREFIX + "Api"
API_KEY = PREFIX + "ApiKey"
NAMESPACE = PREFIX + "ChannelNamespace"
DATA_SOURCE = PREFIX + "DataSource"
DOMAIN_NAME = PREFIX + "DomainName"
ASSOCIATION = PREFIX + "DomainNameApiAssociation"
USER = "EventRay::IAM::User"
USER_POLICY = "EventRay::IAM::UserPolicy"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """What deploying one type takes."""

    name: str
    identity: Mapping[str, str]
    """What tells one from another on the server: members of requests, and the properties that give them. A
    property with an empty name is the server's to choose."""
    create_only: frozenset[str]
    """A change of these needs another resource in the place of the old one."""
    operations: tuple[str, str, str, str] = ("", "", "", "")
    """Of the AppSync API: create, read, update, delete."""
    answer: str = ""
    """The member of an answer that holds the resource."""
    ref: str = ""
    """What `Ref` is: a member of the answer."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What `Fn::GetAtt` is: members of the answer, with dots for the inner ones."""
    tagged: str = ""
    """The member of the answer with the ARN for tags, if it has tags."""

    @property
    def attribute_names(self) -> frozenset[str]:
        """What templates can ask for."""
        return frozenset(self.attributes)

    def identity_of(self, properties: Properties) -> dict[str, str] | None:
        """What tells the resource from others; None if the server will choose that."""
        if not all(self.identity.values()):
            return None
        return {member: str(properties.get(name, "")) for member, name in self.identity.items()}


def _operations(noun: str) -> tuple[str, str, str, str]:
    return (f"Create{noun}", f"Get{noun}", f"Update{noun}", f"Delete{noun}")


_ALL = (
    ResourceType(
        API,
        {"apiId": ""},
        frozenset(),
        _operations("Api"),
        "api",
        "apiArn",
        {"ApiId": "apiId", "ApiArn": "apiArn", "Dns.Http": "dns.HTTP", "Dns.Realtime": "dns.REALTIME"},
        "apiArn",
    ),
    ResourceType(
        API_KEY,
        {"apiId": "ApiId", "digest": ""},
        frozenset({"ApiId"}),
        ("CreateApiKey", "ListApiKeys", "UpdateApiKey", "DeleteApiKey"),
        "apiKey",
        "arn",
        {"ApiKey": "id", "ApiKeyId": "id", "Arn": "arn"},
    ),
    ResourceType(
        NAMESPACE,
        {"apiId": "ApiId", "name": "Name"},
        frozenset({"ApiId", "Name"}),
        _operations("ChannelNamespace"),
        "channelNamespace",
        "channelNamespaceArn",
        {"ChannelNamespaceArn": "channelNamespaceArn"},
        "channelNamespaceArn",
    ),
    ResourceType(
        DATA_SOURCE,
        {"apiId": "ApiId", "name": "Name"},
        frozenset({"ApiId", "Name"}),
        _operations("DataSource"),
        "dataSource",
        "dataSourceArn",
        {"DataSourceArn": "dataSourceArn", "Name": "name"},
    ),
    ResourceType(
        DOMAIN_NAME,
        {"domainName": "DomainName"},
        frozenset({"DomainName", "CertificateArn"}),
        _operations("DomainName"),
        "domainNameConfig",
        "domainName",
        {
            "AppSyncDomainName": "appsyncDomainName",
            "DomainName": "domainName",
            "DomainNameArn": "domainNameArn",
            "HostedZoneId": "hostedZoneId",
        },
        "domainNameArn",
    ),
    ResourceType(
        ASSOCIATION,
        {"domainName": "DomainName"},
        frozenset({"DomainName"}),
        ("AssociateApi", "GetApiAssociation", "AssociateApi", "DisassociateApi"),
        "apiAssociation",
        "domainName",
        {"ApiAssociationIdentifier": "domainName"},
    ),
    ResourceType(USER, {"userName": "UserName"}, frozenset({"UserName"})),
    ResourceType(
        USER_POLICY,
        {"userName": "UserName", "policyName": "PolicyName"},
        frozenset({"UserName", "PolicyName"}),
    ),
)

RESOURCE_TYPES: Mapping[str, ResourceType] = {type_.name: type_ for type_ in _ALL}
