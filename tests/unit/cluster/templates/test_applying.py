"""What comes of a plan against a stand-in for the server, and what a failure at any call leaves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.deployments import API, FULL, World
from tests.support.memory_server import Killed, lose, refuse

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.errors import CommandError
from eventray_cluster.templates.applying import StepError


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


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
        prepared = world.prepare(template, resume=True)
        assert bool(prepared.kept.lost) is _was_making_what_the_server_names(world)
        prepared.deploy(lambda step: None)
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


def _was_making_what_the_server_names(world: World) -> bool:
    """Whether the record says that something was about to be made whose name the server chooses."""
    return any(r.type in ("AWS::AppSync::Api", "AWS::AppSync::ApiKey") for r in world.stack.unfinished)


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
