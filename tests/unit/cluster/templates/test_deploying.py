"""The whole way of a deployment, against a stand-in for the server."""

from pathlib import Path

import pytest
from tests.support.deployments import API, FULL, World, lines

from eventray_cluster.errors import UsageError
from eventray_cluster.templates.errors import TemplateError


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_is_deployed_has_the_values_of_what_it_needs(world: World) -> None:
    world.deploy(FULL)
    contents = dict(world.server.contents())
    assert (
        contents["AWS::AppSync::DataSource"]["ServiceRoleArn"] == "arn:aws:iam::000000000000:role/chat-Role"
    )
    assert contents["AWS::AppSync::ChannelNamespace"]["CodeHandlers"] == "export const a = 1"
    assert contents["EventRay::IAM::User"] == {"UserName": "chat-Publisher"}
    statement = {
        "Effect": "Allow", "Action": ["appsync:EventPublish"],
        "Resource": "arn:aws:appsync:us-east-1:000000000000:Api-n/channelNamespace/*",
    }  # fmt: skip
    assert contents["EventRay::IAM::UserPolicy"]["PolicyDocument"]["Statement"] == [statement]


def test_parameters_are_kept_but_secrets_are_not(world: World) -> None:
    world.deploy(FULL, parameters={"Word": "two", "Pin": "1234"})
    assert world.stack.parameters == {"Word": "two"}
    assert "1234" not in world.stacks.stacks["chat"].body
    prepared = world.prepare(FULL)
    assert (prepared.has_changes, prepared.outputs().values["Word"]) == (False, "two")
    assert world.deploy(FULL, parameters={"Word": "three"}) == ["update Key Description"]


def test_real_values_of_what_is_not_deployed_are_kept(world: World) -> None:
    assert world.prepare(FULL).plan.placeholders == {"Source": ("Role.Arn",)}
    world.deploy(FULL, values={"Role.Arn": "arn:real"})
    assert dict(world.server.contents())["AWS::AppSync::DataSource"]["ServiceRoleArn"] == "arn:real"
    again = world.prepare(FULL)
    assert (again.has_changes, again.plan.placeholders) == (False, {})
    assert again.outputs().values["Role"] == "arn:real"
    with pytest.raises(UsageError, match="no resource that --value Nobody="):
        world.prepare(FULL, values={"Nobody": "x"})


def test_an_api_key_is_nowhere_in_the_record(world: World) -> None:
    world.deploy(FULL + "  Key: {Value: !GetAtt Key.ApiKey}\n")
    assert "ApiKey:" not in world.stacks.stacks["chat"].body


def test_code_is_given_once_and_must_be_there(world: World) -> None:
    with pytest.raises(TemplateError, match="not both"):
        world.prepare(FULL.replace("CodeS3Location", "CodeHandlers: x, CodeS3Location"))
    with pytest.raises(UsageError, match=r"olds\.js cannot be read: No such file"):
        world.prepare(FULL.replace("news.js", "olds.js"))
    with pytest.raises(UsageError, match="EventRay does not load files from S3"):
        world.prepare(FULL.replace("news.js", "s3://bucket/news.js"))


def test_a_grant_to_somebody_made_elsewhere_needs_that_user(world: World) -> None:
    template = FULL.replace("[!Ref Publisher]", "[somebody]")
    with pytest.raises(UsageError, match="make the user with `eventray iam create-user somebody` first"):
        world.prepare(template)


def test_what_guards_access_is_not_left_out_silently(world: World) -> None:
    waf = "  Waf: {Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: !GetAtt Api.ApiArn}}\n"
    with pytest.raises(UsageError, match=r"Waf \(AWS::WAFv2::WebACLAssociation\): EventRay has no firewall"):
        world.prepare(API + waf)
    allowed = frozenset({"AWS::WAFv2::WebACLAssociation"})
    prepared = world.prepare(API + waf, allow_skipped=allowed)
    assert (lines(prepared), list(prepared.wanted.skipped)) == (["create Api"], ["Waf"])
