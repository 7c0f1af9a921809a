from typing import Any

import pytest

from eventray_cluster.templates.evaluating import Evaluator, Scope
from eventray_cluster.templates.grants import GrantReader, Grants
from eventray_cluster.templates.placeholders import Placeholders
from eventray_cluster.templates.reading import read_template
from eventray_cluster.templates.resource_types import USER, USER_POLICY
from eventray_cluster.templates.template import template_of

PSEUDO = {"AWS::Region": "us-east-1", "AWS::AccountId": "000000000000", "AWS::Partition": "aws"}
CONDITIONS = {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Equals": ["a", "b"]}}
PUBLISH = "{Effect: Allow, Action: appsync:EventPublish, Resource: '*'}"
INLINE = f"Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{PUBLISH}]}}}}]"
MANAGED = "  Role: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: [!Ref Grant]}}"
BOUNDED = "  Role: {Type: AWS::IAM::Role, Properties: {PermissionsBoundary: x}}"
ROLE = "  Role: {Type: AWS::IAM::Role}\n"


def read(resources: str, allowed: frozenset[str] = frozenset()) -> Grants:
    template = template_of(read_template(f"Resources:\n{resources}"))
    evaluator = Evaluator(Scope(PSEUDO, conditions=CONDITIONS))
    placeholders = Placeholders("chat", PSEUDO, evaluator)
    return GrantReader(template.resources, evaluator, placeholders).read(allowed)


def policy(statements: str, holders: str = "Roles: [!Ref Role]", type_: str = "Policy") -> str:
    return (
        f"  Grant:\n    Type: AWS::IAM::{type_}\n    Properties:\n      {holders}\n      PolicyName: grant\n"
        f"      PolicyDocument: {{Version: 2012-10-17, Statement: {statements}}}\n"
    )


def statements(grants: Grants, name: str) -> Any:
    return grants.resources[name].properties["PolicyDocument"]["Statement"]


def test_a_grant_to_a_role_becomes_a_user_with_a_policy() -> None:
    grants = read(ROLE + policy(f"[{PUBLISH}]"))
    user, document = grants.resources["Role"], grants.resources["Role/grant"]
    assert (user.type, user.properties) == (USER, {"UserName": "chat-Role"})
    assert (document.type, document.depends_on) == (USER_POLICY, ("Role",))
    assert document.properties == {
        "UserName": "chat-Role",
        "PolicyName": "grant",
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Resource": "*", "Action": ["appsync:EventPublish"]}],
        },
    }
    assert grants.carried_over == {"Role", "Grant"}


@pytest.mark.parametrize(
    ("actions", "kept"),
    [
        ("Action: appsync:EventConnect", ["Connect"]),
        ("Action: [appsync:eventpublish, appsync:EVENTSUBSCRIBE]", ["Publish", "Subscribe"]),
        ("Action: appsync:Event*", ["Connect", "Publish", "Subscribe"]),
        ("Action: appsync:*", ["Connect", "Publish", "Subscribe"]),
        ("Action: '*'", ["Connect", "Publish", "Subscribe"]),
        ("Action: [lambda:InvokeFunction, appsync:EventPublish]", ["Publish"]),
        ("NotAction: appsync:EventPublish", ["Connect", "Subscribe"]),
        ("NotAction: 'iam:*'", ["Connect", "Publish", "Subscribe"]),
        ("Action: lambda:InvokeFunction", []),
        ("Action: appsync:GraphQL", []),
        ("NotAction: '*'", []),
    ],
)
def test_only_what_is_about_events_is_carried_over(actions: str, kept: list[str]) -> None:
    grants = read(ROLE + policy(f"[{{Effect: Deny, {actions}, Resource: '*'}}]"))
    found = statements(grants, "Role/grant")[0]["Action"] if grants.resources else []
    assert found == [f"appsync:Event{name}" for name in kept]
    assert not grants.refusals


def test_statements_that_are_about_something_else_are_left_out() -> None:
    other = "{Effect: Allow, Action: s3:GetObject, Resource: '*'}"
    grants = read(ROLE + policy(f"[{other}, {PUBLISH}, !If [No, {PUBLISH}, !Ref AWS::NoValue]]"))
    assert len(statements(grants, "Role/grant")) == 1


def test_one_statement_need_not_be_in_a_list_and_keeps_its_conditions() -> None:
    statement = (
        "{Effect: Allow, Action: appsync:EventPublish, NotResource: x, Condition: {Bool: {a: true}}, Sid: s}"
    )
    found = statements(read(ROLE + policy(statement)), "Role/grant")[0]
    assert found == {
        "Effect": "Allow", "Action": ["appsync:EventPublish"], "NotResource": "x",
        "Condition": {"Bool": {"a": "true"}}, "Sid": "s",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "names"),
    [
        (policy(f"[{PUBLISH}]", "Users: [!Ref Me]") + "  Me: {Type: AWS::IAM::User}", ["Me", "Me/grant"]),
        (policy(f"[{PUBLISH}]", "Roles: [imported]"), ["imported/grant"]),
        (policy(f"[{PUBLISH}]", "RoleName: !Ref Role", "RolePolicy") + ROLE, ["Role", "Role/grant"]),
        (policy(f"[{PUBLISH}]", "UserName: me", "UserPolicy"), ["me/grant"]),
        (policy(f"[{PUBLISH}]", "ManagedPolicyName: x", "ManagedPolicy") + MANAGED, ["Role", "Role/grant"]),
        (f"  Role: {{Type: AWS::IAM::Role, Properties: {{{INLINE}}}}}", ["Role", "Role/p"]),
        (policy(f"[{PUBLISH}]", "Roles: [!If [No, !Ref Role, !Ref AWS::NoValue]]") + ROLE, []),
        (policy(f"[{PUBLISH}]", "Roles: []"), []),
        (ROLE, []),
    ],
)  # fmt: skip
def test_whoever_has_the_policy_gets_it(resources: str, names: list[str]) -> None:
    grants = read(resources)
    assert sorted(grants.resources) == names
    assert not grants.refusals


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        (policy(f"[{PUBLISH}]", "Groups: [g]"), "Grant (AWS::IAM::Policy): it is about a group"),
        (policy(f"[{PUBLISH}]", "GroupName: g", "GroupPolicy"), "(AWS::IAM::GroupPolicy): it is about"),
        (f"  G: {{Type: AWS::IAM::Group, Properties: {{{INLINE}}}}}", "G (AWS::IAM::Group): it is"),
        (policy(f"[{PUBLISH}]") + BOUNDED, "Role (AWS::IAM::Role): a boundary limits what it is allowed"),
        (policy("[{Effect: Allow, Action: !ImportValue x, Resource: '*'}]"), "what it allows cannot be made"),
        (policy("[{Effect: Allow, Resource: '*'}]"), "what it allows cannot be made"),
        (policy("[text]"), "what it allows cannot be made"),
        (policy(f"[{PUBLISH}]", "Roles: [!Ref Nobody]"), "what it allows cannot be made"),
        ("  Grant: {Type: AWS::IAM::Policy, Properties: {PolicyName: x}}", "what it allows cannot be made"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_over_is_refused_unless_allowed(resources: str, reason: str) -> None:
    grants = read(resources)
    assert len(grants.refusals) == 1
    assert reason in str(grants.refusals[0])
    assert f"With --allow-skipped {grants.refusals[0].type} it is left out." in str(grants.refusals[0])
    assert read(resources, frozenset({grants.refusals[0].type})).refusals == []


def test_two_policies_of_one_name_do_not_hide_each_other() -> None:
    twice = policy(f"[{PUBLISH}]") + policy(f"[{PUBLISH}]").replace("Grant:", "Second:")
    grants = read(ROLE + twice)
    assert "chat-Role has two policies named 'grant'" in str(grants.refusals[0])
