"""Deployments against a stand-in for the server: what is planned, what comes of it, what a failure leaves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.memory_server import Killed, MemoryServer, MemoryStacks, lose, refuse

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.templates.applying import StepError, delete_stack
from eventray_cluster.templates.deploying import Facts, Preparation, Request, open_stack, prepare
from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.stack import Stack, decode

FACTS = Facts("us-east-1", "000000000000")

API = """
  Api: {Type: AWS::AppSync::Api, Properties: {Name: chat}}
"""
FULL = f"""
Parameters: {{Word: {{Type: String, Default: one}}, Pin: {{Type: String, NoEcho: true, Default: ''}}}}
Resources:
{API}
  Key: {{Type: AWS::AppSync::ApiKey, Properties: {{ApiId: !GetAtt Api.ApiId, Description: !Ref Word}}}}
  Source:
    Type: AWS::AppSync::DataSource
    Properties: {{ApiId: !GetAtt Api.ApiId, Name: worker, Type: NONE, ServiceRoleArn: !GetAtt Role.Arn}}
  News:
    Type: AWS::AppSync::ChannelNamespace
    DependsOn: Source
    Properties: {{ApiId: !GetAtt Api.ApiId, Name: news, CodeS3Location: news.js}}
  Role: {{Type: AWS::IAM::Role}}
  Publisher: {{Type: AWS::IAM::Role}}
  Grant:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: grant
      Roles: [!Ref Publisher]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{{Effect: Allow, Action: appsync:EventPublish, Resource: !Sub '${{Api.ApiArn}}/channelNamespace/*'}}]
  Domain: {{Type: AWS::AppSync::DomainName, Properties: {{DomainName: a.example.com, CertificateArn: arn:a}}}}
  Association:
    Type: AWS::AppSync::DomainNameApiAssociation
    Properties: {{DomainName: !Ref Domain, ApiId: !GetAtt Api.ApiId}}
Outputs:
  Id: {{Value: !GetAtt Api.ApiId}}
  Http: {{Value: !Sub 'https://${{Api.Dns.Http}}/event'}}
  Word: {{Value: !Ref Word}}
  Role: {{Value: !GetAtt Role.Arn}}
"""  # noqa: E501 - a template


class World:
    """A server, and templates that are deployed to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = MemoryServer()
        self.stacks = MemoryStacks()
        (folder / "news.js").write_text("export const a = 1")

    def prepare(self, template: str, **request: Any) -> Preparation:
        """Plan a deployment of the stack `chat`."""
        place = self.folder / "chat.yaml"
        place.write_text(template if "Resources:" in template else f"Resources:\n{template}")
        return prepare(Request(place, **request), self.server, self.stacks, FACTS)

    def deploy(self, template: str, **request: Any) -> list[str]:
        """Deploy the stack `chat`; what was done, a line for each change."""
        prepared = self.prepare(template, **request)
        if prepared.has_changes:
            prepared.deploy(lambda step: None)
        return lines(prepared)

    def delete(self, resume: bool = False) -> list[str]:
        """Delete the stack; the resources that went."""
        kept = open_stack("chat", self.server, self.stacks, resume)
        assert kept is not None
        gone: list[str] = []
        delete_stack(self.server, kept, lambda step: gone.append(step.logical_id))
        return gone

    @property
    def stack(self) -> Stack:
        """The record."""
        return decode(self.stacks.stacks["chat"].body)


def lines(prepared: Preparation) -> list[str]:
    """The changes of a plan."""
    return [f"{s.action} {s.logical_id} {','.join(s.changed)}".strip() for s in prepared.plan.changes]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_new_stack_is_made_in_order_and_again_without_changes(world: World) -> None:
    assert world.deploy(FULL) == [
        "create Api", "create Domain", "create Publisher", "create Key", "create Source",
        "create Association", "create Publisher/grant", "create News",
    ]  # fmt: skip
    assert (world.stack.status, len(world.stack.resources)) == ("CREATE_COMPLETE", 8)
    calls, version = len(world.server.calls), world.stacks.stacks["chat"].version
    again = world.prepare(FULL)
    assert (lines(again), again.has_changes) == ([], False)
    assert (len(world.server.calls), world.stacks.stacks["chat"].version) == (calls, version)
    assert again.outputs().values == {"Id": "Api-1", "Http": "https://Dns.Http:Api-1/event", "Word": "one"}
    assert again.outputs().left_out == {"Role": "Role.Arn is not deployed to EventRay."}


def test_planning_changes_nothing(world: World) -> None:
    prepared = world.prepare(FULL)
    assert (world.server.calls, world.stacks.stacks, prepared.status) == ([], {}, "NOT_DEPLOYED")
    assert prepared.outputs().values == {"Word": "one"}


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


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("Name: chat", "Name: talk", ["update Api Name"]),
        ("Description: !Ref Word", "Description: new", ["update Key Description"]),
        (", Description: !Ref Word", "", ["update Key Description"]),
        ("Name: worker", "Name: other", ["replace Source Name"]),
        ("Name: news", "Name: olds", ["replace News Name"]),
        ("DependsOn: Source", "DeletionPolicy: Retain", ["update News DeletionPolicy"]),
        ("EventPublish", "EventSubscribe", ["update Publisher/grant PolicyDocument"]),
        ("arn:a}", "arn:b}", ["replace Domain CertificateArn", "replace Association"]),
        ("a.example.com", "b.example.com", ["replace Domain DomainName", "replace Association DomainName"]),
        ("  News:", "  Renamed:", []),
        ("[!Ref Publisher]", "[!Ref Publisher, !Ref Role]", ["create Role", "create Role/grant"]),
        ("Roles: [!Ref Publisher]", "Roles: []", ["delete Publisher", "delete Publisher/grant"]),
        ("Default: one", "Default: two", ["update Key Description"]),
    ],
)  # fmt: skip
def test_a_change_of_the_template_changes_what_it_is_about(
    world: World, old: str, new: str, changes: list[str]
) -> None:
    world.deploy(FULL)
    assert world.deploy(FULL.replace(old, new)) == changes
    assert world.stack.status == ("UPDATE_COMPLETE" if changes else "CREATE_COMPLETE")
    assert world.prepare(FULL.replace(old, new)).has_changes is False
    fresh = World(world.folder)
    fresh.deploy(FULL.replace(old, new))
    assert world.server.contents() == fresh.server.contents()


def test_a_file_that_has_changed_is_a_change(world: World) -> None:
    world.deploy(FULL)
    (world.folder / "news.js").write_text("export const a = 2")
    assert world.deploy(FULL) == ["update News CodeHandlers"]


def test_what_leaves_the_template_is_deleted_last_and_users_first(world: World) -> None:
    world.deploy(FULL)
    world.server.calls.clear()
    changes = world.deploy(API)
    assert sorted(changes) == sorted(f"delete {name}" for name in (
        "Source", "Publisher", "Domain", "Key", "News", "Publisher/grant", "Association",
    ))  # fmt: skip
    assert [call.split("::")[2].split()[0] for call in world.server.calls] == [
        "UserPolicy", "User", "DomainNameApiAssociation", "DomainName", "ChannelNamespace", "DataSource",
        "ApiKey",
    ]  # fmt: skip


def test_a_replacement_is_made_before_the_old_one_goes_unless_that_is_in_the_way(world: World) -> None:
    world.deploy(FULL)
    world.server.calls.clear()
    world.deploy(FULL.replace("Name: news", "Name: olds").replace("arn:a}", "arn:b}"))
    done = [call.split("::", 2)[2] for call in world.server.calls]
    assert done == [
        "DomainNameApiAssociation a.example.com", "DomainName a.example.com", "DomainName a.example.com",
        "DomainNameApiAssociation a.example.com", "ChannelNamespace Api-1 olds",
        "ChannelNamespace Api-1 news",
    ]  # fmt: skip
    assert [call.split()[0] for call in world.server.calls] == [
        "delete", "delete", "create", "create", "create", "delete",
    ]  # fmt: skip


def test_what_is_to_be_kept_stays_on_the_server(world: World) -> None:
    keeping = "DeletionPolicy: Retain, UpdateReplacePolicy: Retain, Properties: {Name: chat}"
    template = f"{API.replace('Properties: {Name: chat}', keeping)}  N:\n" + (
        "    {Type: AWS::AppSync::ChannelNamespace, UpdateReplacePolicy: Retain, DeletionPolicy: Retain,\n"
        "     Properties: {ApiId: !GetAtt Api.ApiId, Name: news}}\n"
    )
    world.deploy(template)
    assert world.deploy(template.replace("Name: news", "Name: olds")) == ["replace N Name"]
    assert [name for name, _ in world.server.contents()].count("AWS::AppSync::ChannelNamespace") == 2
    assert world.deploy("  U: {Type: AWS::AppSync::Api, Properties: {Name: x}}") == [
        "create U", "leave Api", "leave N",
    ]  # fmt: skip
    assert world.delete() == ["U"]
    assert len(world.server.resources) == 3


def test_what_has_gone_from_the_server_is_made_again_with_what_is_below_it(world: World) -> None:
    template = FULL.replace("Default: one", "Default: same")
    world.deploy(template)
    world.server.resources.clear()
    assert len(world.deploy(template)) == 8
    assert len(world.server.resources) == 8


def test_a_new_api_takes_what_is_below_it_along(world: World) -> None:
    world.deploy(FULL)
    world.server.delete(*_api(world))
    prepared = world.prepare(FULL)
    assert {line.split()[1]: line.split()[0] for line in lines(prepared)} == {
        "Api": "create", "Key": "create", "Source": "create", "News": "create",
        "Association": "update", "Publisher/grant": "update",
    }  # fmt: skip
    prepared.deploy(lambda step: None)
    assert world.prepare(FULL).has_changes is False


def _api(world: World) -> Any:
    from eventray_cluster.templates.resource_types import RESOURCE_TYPES

    return RESOURCE_TYPES["AWS::AppSync::Api"], world.stack.resources["Api"].identity


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


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "  A: {Type: AWS::AppSync::Api, Properties: {Bad: x}}",
            "Resources.A.Properties.Bad: There is no such",
        ),
        (
            "  A: {Type: AWS::AppSync::Api, Properties: {Name: !ImportValue x}}",
            "This function is not supported",
        ),
        (
            "  A: {Type: AWS::AppSync::Api, Properties: {Name: !Ref B}}",
            "There is no resource or parameter 'B'.",
        ),
        ("  A: {Type: AWS::AppSync::Api, Properties: {Name: !GetAtt Api.Id}}", "has no attribute 'Id'"),
        ("  A: {Type: AWS::AppSync::Api, Condition: C, Properties: {}}", "There is no condition 'C'."),
        ("  A: {Type: AWS::AppSync::Api, DependsOn: B, Properties: {}}", "There is no resource 'B'."),
    ],
)
def test_a_wrong_template_is_told_before_anything_is_done(world: World, template: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        world.deploy(API + template)
    assert message in str(caught.value)
    assert (world.server.calls, world.stacks.stacks) == ([], {})


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


def test_whoever_planned_on_an_older_record_is_refused(world: World) -> None:
    first, second = world.prepare(FULL), world.prepare(API)
    first.deploy(lambda step: None)
    contents = world.server.contents()
    with pytest.raises(CommandError, match="Another command is at work on the stack 'chat'"):
        second.deploy(lambda step: None)
    assert world.server.contents() == contents


CHANGED = (
    FULL.replace("Name: news", "Name: olds")
    .replace("arn:a}", "arn:b}")
    .replace("Default: one", "Default: two")
)
FAILURES: dict[str, Callable[[str], None]] = {"refused": refuse, "lost": lose}


@pytest.mark.parametrize(
    "failure", ["refused before", "lost before", "lost after", "killed before", "killed after"]
)
@pytest.mark.parametrize("place", range(9))
def test_after_a_failure_at_any_call_the_next_deployment_goes_on(
    tmp_path: Path, failure: str, place: int
) -> None:
    expected = World(tmp_path)
    expected.deploy(FULL)
    for template, before in ((FULL, None), (CHANGED, FULL)):
        world = World(tmp_path)
        if before:
            world.deploy(before)
        if not _fails(world, template, failure, place):
            assert place > 4, "there are at least five calls"
            continue
        what, when = failure.split()
        lost_api = what != "refused" and when == "after" and _made_what_nobody_can_name(world)
        world.deploy(template, resume=True)
        fresh = World(tmp_path)
        fresh.deploy(template)
        if not lost_api:
            assert world.server.contents() == fresh.server.contents()
        assert world.prepare(template).has_changes is False
        assert world.stack.unfinished == []


def _fails(world: World, template: str, failure: str, place: int) -> bool:
    """Deploy, and let a call fail."""
    what, when = failure.split()
    count = 0

    def fail(call: str) -> None:
        nonlocal count
        count += 1
        if count == place + 1:
            if what == "killed":
                world.stacks.before = fail_to_save
                raise Killed
            FAILURES[what](call)

    def fail_to_save(call: str) -> None:
        raise UnreachableError("the command is dead")

    setattr(world.server, when, fail)
    try:
        world.deploy(template)
    except (StepError, CommandError, Killed):
        world.stacks.before = world.server.before = world.server.after = lambda call: None
        return True
    world.server.before = world.server.after = lambda call: None
    return False


def _made_what_nobody_can_name(world: World) -> bool:
    """Whether the last that was made is something whose name the server chose: it cannot be found again."""
    return world.server.calls[-1].startswith(("create AWS::AppSync::Api ", "create AWS::AppSync::ApiKey"))


def test_a_command_that_was_cut_off_must_be_resumed_by_name(world: World) -> None:
    assert _fails(world, FULL, "killed before", 3)
    with pytest.raises(CommandError, match="or was cut off; if it was, --resume goes on"):
        world.prepare(FULL)
    assert world.stack.status == "CREATE_IN_PROGRESS"
    world.deploy(FULL, resume=True)
    assert world.stack.status == "UPDATE_COMPLETE"


def test_a_step_that_fails_says_which_it_was(world: World) -> None:
    world.server.before = refuse
    with pytest.raises(StepError) as caught:
        world.deploy(FULL)
    assert str(caught.value).startswith("Api (AWS::AppSync::Api): refused: create")
    assert (caught.value.code, world.stack.status) == (1, "CREATE_FAILED")


def test_a_stack_is_deleted_with_all_it_has_made(world: World) -> None:
    world.deploy(FULL)
    assert world.delete()[-1] == "Api"
    assert (world.server.resources, world.stacks.stacks) == ({}, {})


@pytest.mark.parametrize("place", range(6))
def test_deleting_goes_on_after_a_failure(world: World, place: int) -> None:
    world.deploy(FULL)
    count = 0

    def fail(call: str) -> None:
        nonlocal count
        count += 1
        if count == place + 1:
            refuse(call)

    world.server.before = fail
    with pytest.raises(CommandError):
        world.delete()
    assert world.stack.status == "DELETE_FAILED"
    world.delete()
    assert (world.server.resources, world.stacks.stacks) == ({}, {})


def test_after_a_failed_deletion_the_stack_can_be_deployed_again(world: World) -> None:
    world.deploy(FULL)
    world.server.before = lambda call: refuse(call) if "DataSource" in call else None
    with pytest.raises(CommandError):
        world.delete()
    world.server.before = lambda call: None
    world.deploy(FULL)
    fresh = World(world.folder)
    fresh.deploy(FULL)
    assert world.server.contents() == fresh.server.contents()
