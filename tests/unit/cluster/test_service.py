from typing import Any

import pytest
from tests.unit.cluster.running_members import RunningMembers, wanted

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.service import DataError, Service, StartError, status_of
from eventray_cluster.supervisor import MemberFailedError, MemberUnavailableError

ALL = {"namespace-directory", "channel-shard-0", "channel-shard-1", "gateway-0", "gateway-1", "supervisor"}
CREDENTIALS = {"apiId": "a", "apiKey": "k"}


@pytest.fixture
def members() -> RunningMembers:
    """All run and are ready."""
    members = RunningMembers(*ALL)
    members.answers["namespace-directory", "welcome"] = CREDENTIALS
    members.answers["namespace-directory", "status"] = {"ready": True}
    for number in range(2):
        members.answers[f"gateway-{number}", "status"] = {"ready": True, "address": f"127.0.0.1:{number}"}
    return members


@pytest.fixture
def service(members: RunningMembers) -> Service:
    return Service(wanted(gateways=2), members)


async def test_all_members_are_started_and_the_supervisor() -> None:
    members = RunningMembers()
    await Service(wanted(gateways=2), members).start()
    assert set(members.started) == ALL
    assert members.started[0] == "namespace-directory"


async def test_an_adopted_service_gets_its_members_from_its_supervisor() -> None:
    members = RunningMembers()
    await Service(wanted(gateways=2), members).adopt()
    assert members.started == ["supervisor"]
    assert members.asked == [("supervisor", "want", 2, 2)]


async def test_ready_is_when_the_directory_and_all_gateways_say_so(service: Service) -> None:
    ready = await service.until_ready(5)
    assert ready.credentials == CREDENTIALS
    assert ready.gateways == ("127.0.0.1:0", "127.0.0.1:1")


@pytest.mark.parametrize(
    ("member", "answer", "reason"),
    [
        ("gateway-1", {"ready": False, "address": "h:1"}, "gateway-1 is not ready"),
        ("gateway-1", MemberUnavailableError("it was killed"), "gateway-1 fails: it was killed"),
        ("namespace-directory", {"ready": False}, "namespace-directory is not ready"),
    ],
)
async def test_what_it_waits_for_is_told(
    service: Service, members: RunningMembers, member: str, answer: Any, reason: str
) -> None:
    members.answers[member, "status"] = answer
    with pytest.raises(StartError) as error:
        await service.until_ready(0.1)
    assert str(error.value) == f"Not ready after 0.1 s: {reason}."


async def test_a_directory_that_is_not_there_yet_is_waited_for(
    service: Service, members: RunningMembers
) -> None:
    members.answers["namespace-directory", "welcome"] = MemberUnavailableError("it is not there")
    with pytest.raises(StartError, match=r"^Not ready after 0\.1 s: namespace-directory: it is not there\.$"):
        await service.until_ready(0.1)


@pytest.mark.parametrize(
    ("cause", "kind"), [(DataDirectoryError("broken"), DataError), (ValueError("broken"), StartError)]
)
async def test_a_directory_that_fails_is_not_waited_for(
    service: Service, members: RunningMembers, cause: Exception, kind: type[Exception]
) -> None:
    failure = MemberFailedError("broken")
    failure.__cause__ = cause
    members.answers["namespace-directory", "welcome"] = failure
    with pytest.raises(kind, match=r"^The directory cannot start: broken\.$"):
        await service.until_ready(60)


async def test_the_exit_code_tells_whose_fault_it_is() -> None:
    assert (DataError.code, StartError.code) == (2, 1)


async def test_stopping_drains_by_the_supervisor(service: Service, members: RunningMembers) -> None:
    await service.stop(2.0)
    assert members.asked[0] == ("supervisor", "drain_all", 2.0)
    assert members.asked[-1] == ("namespace-directory", "stop")
    assert not [asked for asked in members.asked if asked[1] == "drain"]


async def test_stopping_drains_without_a_supervisor_too(service: Service, members: RunningMembers) -> None:
    await members.end("supervisor")
    await service.stop(2.0)
    drained = {asked[0] for asked in members.asked if asked[1] == "drain"}
    assert drained == {"gateway-0", "gateway-1"}


async def test_ending_leaves_others_actors_alone(service: Service, members: RunningMembers) -> None:
    members.names.add("someone-elses-actor")
    await service.end()
    assert members.names == {"someone-elses-actor"}


async def test_the_status_tells_why_a_member_says_nothing(members: RunningMembers) -> None:
    members.answers["channel-shard-0", "status"] = MemberUnavailableError("frozen")
    status = await status_of(members)
    assert set(status) == ALL
    assert status["channel-shard-0"] == {"error": "frozen", "ready": False}
    assert status["gateway-0"]["address"] == "127.0.0.1:0"
