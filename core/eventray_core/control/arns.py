"""The names of resources: `arn:{partition}:{service}:{region}:{account}:{path}`."""

from eventray_core.control.facts import Facts


def _appsync(facts: Facts, path: str) -> str:
    return f"arn:{facts.partition}:appsync:{facts.region}:{facts.account_id}:{path}"


def own_arn(facts: Facts, path: str) -> str:
    """A resource that AWS does not have, such as a stack's record."""
    return f"arn:{facts.partition}:eventray:{facts.region}:{facts.account_id}:{path}"


def api_arn(facts: Facts, api_id: str) -> str:
    """An API."""
    return _appsync(facts, f"apis/{api_id}")


def namespace_arn(facts: Facts, api_id: str, name: str) -> str:
    """A channel namespace; the segment is singular, unlike the path's."""
    return _appsync(facts, f"apis/{api_id}/channelNamespace/{name}")


def data_source_arn(facts: Facts, api_id: str, name: str) -> str:
    """A data source."""
    return _appsync(facts, f"apis/{api_id}/datasources/{name}")


def domain_name_arn(facts: Facts, domain_name: str) -> str:
    """A custom domain name."""
    return _appsync(facts, f"domainnames/{domain_name}")


def certificate_arn(facts: Facts, certificate_id: str) -> str:
    """A certificate, in the form that `certificateArn` of a domain name must have."""
    return f"arn:{facts.partition}:acm:{facts.region}:{facts.account_id}:certificate/{certificate_id}"


def user_arn(facts: Facts, path: str) -> str:
    """A user; IAM's names have no region."""
    return f"arn:{facts.partition}:iam::{facts.account_id}:user/{path}"


def resource_path(facts: Facts, arn: str) -> str | None:
    """The part after the account of an AppSync ARN that is this server's, else None."""
    prefix = _appsync(facts, "")
    return arn.removeprefix(prefix) if arn.startswith(prefix) else None
