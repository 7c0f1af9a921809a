"""Values in the place of resources that EventRay does not deploy: the same each time, and in AWS's form.

A role's ARN, say, which AppSync asks for and EventRay keeps without using it. No placeholder lets anybody in:
an authorizer's function or a user pool that is not there authorizes nobody.
"""

import re
from collections.abc import Mapping

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.evaluating import Evaluator
from eventray_cluster.templates.stack import text_digest
from eventray_cluster.templates.template import Resource

NAME_PROPERTIES: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::OpenSearchService::Domain": "DomainName",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::Serverless::Function": "FunctionName",
}
"""The property that names a resource of a type."""

_FUNCTION = "lambda:{region}:{account}:function:{name}"

ARNS: Mapping[str, str] = {
    "AWS::CertificateManager::Certificate": "acm:{region}:{account}:certificate/{name}",
    "AWS::Cognito::UserPool": "cognito-idp:{region}:{account}:userpool/{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::DynamoDB::GlobalTable": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::IAM::User": "iam::{account}:user/{name}",
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::Lambda::Alias": _FUNCTION,
    "AWS::Lambda::Version": _FUNCTION,
    "AWS::OpenSearchService::Domain": "es:{region}:{account}:domain/{name}",
    "AWS::RDS::DBCluster": "rds:{region}:{account}:cluster:{name}",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}",
    "AWS::Serverless::Function": _FUNCTION,
}
"""ARNs without `arn:aws:`, by type."""

REF_IS_ARN = (
    "AWS::CertificateManager::Certificate",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "AWS::SecretsManager::Secret",
)

LONGEST_NAME = 64
"""Of IAM's users and of functions; most others may be longer."""
_DIGITS = 8


def _short(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - _DIGITS - 1]}-{text_digest(name)[:_DIGITS]}"


class Placeholders:
    """Makes them for the resources of one stack."""

    def __init__(
        self,
        stack: str,
        facts: Mapping[str, str],
        evaluator: Evaluator,
        given: Mapping[str, str] | None = None,
    ) -> None:
        self._stack = stack
        self._facts = facts
        self._evaluator = evaluator
        self._given = given or {}

    def given(self, name: str) -> str | None:
        """The real value that the caller knows of a resource (`Pool`) or of an attribute (`Function.Arn`)."""
        return self._given.get(name)

    def name(self, resource: Resource) -> str:
        """What it would be called: the name that its properties give, else one of stack and logical id."""
        given = resource.properties.get(NAME_PROPERTIES.get(resource.type, ""))
        if given is not None:
            try:
                return self._evaluator.text(given, resource.path)
            except TemplateError:
                pass
        if resource.type == "AWS::Cognito::UserPool":
            # A real id has nine signs after the region, so this is none that somebody could own.
            return (
                f"{self._facts['AWS::Region']}_placeholder{re.sub('[^A-Za-z0-9]', '', resource.logical_id)}"
            )
        return _short(f"{self._stack}-{resource.logical_id}")

    def ref(self, resource: Resource) -> str:
        """In the place of `Ref`."""
        return self._arn(resource) if resource.type in REF_IS_ARN else self.name(resource)

    def attribute(self, resource: Resource, attribute: str) -> str:
        """In the place of `Fn::GetAtt`: an ARN if it is called so, else a text that names it."""
        if attribute.endswith("Arn"):
            return self._arn(resource)
        return f"{self.name(resource)}.{attribute}"

    def _arn(self, resource: Resource) -> str:
        service, kind = [*resource.type.lower().split("::"), "", ""][1:3]
        rest = ARNS.get(resource.type, f"{service}:{{region}}:{{account}}:{kind}/{{name}}").format(
            region=self._facts["AWS::Region"], account=self._facts["AWS::AccountId"], name=self.name(resource)
        )
        return f"arn:{self._facts['AWS::Partition']}:{rest}"
