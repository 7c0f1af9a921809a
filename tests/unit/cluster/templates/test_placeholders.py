import re

import pytest

from eventray_cluster.templates.evaluating import Evaluator, Scope
from eventray_cluster.templates.placeholders import Placeholders
from eventray_cluster.templates.template import Resource

PSEUDO = {"AWS::Region": "eu-west-1", "AWS::AccountId": "000000000000", "AWS::Partition": "aws"}
HERE = "eu-west-1:000000000000"


def placeholders() -> Placeholders:
    return Placeholders("chat", PSEUDO, Evaluator(Scope({**PSEUDO, "Stage": "dev"})), {"Pool": "eu-west-1_a"})


@pytest.mark.parametrize(
    ("resource", "ref", "arn"),
    [
        (Resource("Fn", "AWS::Lambda::Function"), "chat-Fn", "arn:aws:lambda:" + HERE + ":function:chat-Fn"),
        (
            Resource("Fn", "AWS::Lambda::Function", {"FunctionName": {"Fn::Sub": "worker-${Stage}"}}),
            "worker-dev", "arn:aws:lambda:" + HERE + ":function:worker-dev",
        ),
        (
            Resource("Fn", "AWS::Lambda::Function", {"FunctionName": {"Ref": "Other"}}),
            "chat-Fn", "arn:aws:lambda:" + HERE + ":function:chat-Fn",
        ),
        (Resource("R", "AWS::IAM::Role", {"RoleName": "r"}), "r", "arn:aws:iam::000000000000:role/r"),
        (Resource("T", "AWS::DynamoDB::Table"), "chat-T", "arn:aws:dynamodb:" + HERE + ":table/chat-T"),
        (Resource("B", "AWS::S3::Bucket"), "chat-B", "arn:aws:s3:::chat-B"),
        (
            Resource("C", "AWS::CertificateManager::Certificate"),
            "arn:aws:acm:eu-west-1:000000000000:certificate/chat-C",
            "arn:aws:acm:eu-west-1:000000000000:certificate/chat-C",
        ),
        (Resource("Q", "AWS::SQS::Queue"), "chat-Q", "arn:aws:sqs:eu-west-1:000000000000:queue/chat-Q"),
        (Resource("X", "Custom::Thing"), "chat-X", "arn:aws:thing:eu-west-1:000000000000:/chat-X"),
    ],
)  # fmt: skip
def test_values_have_the_form_of_aws(resource: Resource, ref: str, arn: str) -> None:
    assert placeholders().ref(resource) == ref
    assert placeholders().attribute(resource, "Arn") == arn


def test_other_attributes_say_what_they_stand_for() -> None:
    assert (
        placeholders().attribute(Resource("D", "AWS::RDS::DBCluster"), "Endpoint.Port")
        == "chat-D.Endpoint.Port"
    )


def test_no_user_pool_can_have_the_id_of_a_placeholder() -> None:
    for name in ("Pool1", "P", "MyPoolABCD123"):
        ref = placeholders().ref(Resource(name, "AWS::Cognito::UserPool"))
        assert re.fullmatch(r"eu-west-1_[A-Za-z0-9]+", ref)
        assert len(ref.partition("_")[2]) != 9


def test_names_are_no_longer_than_a_user_may_have() -> None:
    long = placeholders().name(Resource("A" * 80, "AWS::IAM::Role"))
    other = placeholders().name(Resource("A" * 81, "AWS::IAM::Role"))
    assert (len(long), len(other), long == other) == (64, 64, False)
    assert long.startswith("chat-AAAA")


def test_real_values_are_known_by_name() -> None:
    assert (placeholders().given("Pool"), placeholders().given("Pool.Arn")) == ("eu-west-1_a", None)
