"""What is planned for a template, against a stand-in for the server."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.deployments import API, FULL, World, lines

from eventray_cluster.templates.errors import TemplateError


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
