import pytest

from eventray_core.control.arns import (
    api_arn,
    certificate_arn,
    data_source_arn,
    domain_name_arn,
    namespace_arn,
    own_arn,
    resource_path,
)
from eventray_core.control.facts import Facts

FACTS = Facts(region="eu-central-1", account_id="123456789012")
PREFIX = "arn:aws:appsync:eu-central-1:123456789012:"


@pytest.mark.parametrize(
    ("arn", "path"),
    [
        (api_arn(FACTS, "a"), "apis/a"),
        (namespace_arn(FACTS, "a", "n"), "apis/a/channelNamespace/n"),
        (data_source_arn(FACTS, "a", "d"), "apis/a/datasources/d"),
        (domain_name_arn(FACTS, "x.example.com"), "domainnames/x.example.com"),
    ],
)
def test_arns_of_appsync(arn: str, path: str) -> None:
    assert arn == PREFIX + path
    assert resource_path(FACTS, arn) == path


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:appsync:us-east-1:123456789012:apis/a",
        "arn:aws:appsync:eu-central-1:000000000000:apis/a",
        "arn:aws-cn:appsync:eu-central-1:123456789012:apis/a",
        "arn:aws:sns:eu-central-1:123456789012:apis/a",
        "",
    ],
)
def test_another_servers_arn_names_nothing_here(arn: str) -> None:
    assert resource_path(FACTS, arn) is None


def test_arns_of_what_appsync_does_not_have() -> None:
    assert own_arn(FACTS, "stack/s") == "arn:aws:eventray:eu-central-1:123456789012:stack/s"
    assert certificate_arn(FACTS, "c") == "arn:aws:acm:eu-central-1:123456789012:certificate/c"
