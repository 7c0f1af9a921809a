"""The whole way of a deployment, against a stand-in for the server."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
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


def test_names_that_change_places_are_not_made_again(world: World) -> None:
    def template(first: str, second: str) -> str:
        text = "  {id}: {{Type: AWS::AppSync::ChannelNamespace, Properties: {{{api}, Name: {name}}}}}\n"
        return API + "".join(
            text.format(id=n, api=API_OF, name=name) for n, name in (("A", first), ("B", second))
        )

    world.deploy(template("a", "b"))
    assert world.deploy(template("b", "a")) == []
    assert world.deploy(template("b", "c")) == ["create B", "delete A"]
    assert world.deploy(template("b", "c")) == []
    assert [properties["Name"] for _, properties in world.server.contents()] == ["chat", "b", "c"]


NAMES = st.sampled_from(["a", "b", "c"])
CODES = st.sampled_from(["x", "y"])
API_OF = "ApiId: !GetAtt Api.ApiId"


@st.composite
def templates(draw: st.DrawFn) -> str:
    """An API with some of everything; logical ids and names go together in any way."""
    found = ["  Api: {Type: AWS::AppSync::Api, Properties: {Name: chat}}"]
    for kind, extra in (("ChannelNamespace", "CodeHandlers"), ("DataSource", "Description")):
        named = draw(st.dictionaries(NAMES, st.tuples(NAMES, CODES), max_size=3))
        names = {name for name, _ in named.values()}
        assume(len(names) == len(named))
        for logical_id, (name, code) in named.items():
            text = f"{{{API_OF}, Name: {name}, {extra}: {code}}}"
            found.append(f"  {kind}{logical_id}: {{Type: AWS::AppSync::{kind}, Properties: {text}}}")
    for logical_id, code in draw(st.dictionaries(NAMES, CODES, max_size=2)).items():
        text = f"{{{API_OF}, Description: {code}}}"
        found.append(f"  Key{logical_id}: {{Type: AWS::AppSync::ApiKey, Properties: {text}}}")
    return "Resources:\n" + "\n".join(found)


@settings(max_examples=60, deadline=None)
@given(st.lists(templates(), min_size=2, max_size=4))
def test_whatever_was_deployed_before_a_template_comes_to_the_same(versions: list[str]) -> None:
    with TemporaryDirectory() as name:
        world, fresh = World(Path(name)), World(Path(name))
        for template in versions:
            world.deploy(template)
            assert world.prepare(template).has_changes is False
        fresh.deploy(versions[-1])
        assert world.server.contents() == fresh.server.contents()
        world.delete()
        assert (world.server.resources, world.stacks.stacks) == ({}, {})
