import json

import msgspec
import pytest
from tests.support.control_calls import EVENT_CONFIG, NOON, ControlCalls, RepeatableBytes

from eventray_core.control.calls import Answer, Call
from eventray_core.control.facts import Facts
from eventray_core.control.records import Kind, Put, Remove
from eventray_core.control.state import ControlState

CREATE = Call(operation="CreateApi", body=json.dumps({"name": "x", "eventConfig": EVENT_CONFIG}).encode())


def test_executing_changes_nothing_until_the_changes_are_applied() -> None:
    state = ControlState(Facts())
    executed = state.execute(CREATE, NOON, RepeatableBytes())
    assert list(state.tables) == []
    assert executed.answer.status == 200
    assert executed == state.execute(CREATE, NOON, RepeatableBytes())
    state.apply(executed.changes)
    api_id = json.loads(executed.answer.body)["api"]["apiId"]
    assert executed.changed_apis == (api_id,)
    assert state.projection(api_id)


def test_another_state_with_the_same_records_answers_the_same() -> None:
    calls = ControlCalls()
    api_id = calls.new_api(tags={"a": "b"})
    calls.new_data_source(api_id)
    calls.new_namespace(api_id, codeHandlers="x")
    calls.good("POST", f"/v1/apis/{api_id}/apikeys", {})
    again = ControlState(Facts(port=8443))
    again.load([record.put() for record in calls.state.tables])
    assert again.projections() == calls.state.projections()
    listing = Call(operation="ListChannelNamespaces", path={"apiId": api_id})
    random_bytes = RepeatableBytes()
    before = calls.state.execute(listing, NOON, random_bytes)
    assert again.execute(listing, NOON, random_bytes) == before


def test_loading_forgets_what_was_there() -> None:
    calls = ControlCalls()
    calls.new_api()
    calls.state.load([])
    assert calls.state.projections() == ()


def test_damaged_records_are_not_loaded() -> None:
    calls = ControlCalls()
    api_id = calls.new_api()
    with pytest.raises(msgspec.DecodeError):
        calls.state.load([Put(Kind.API, "a", b"{}")])
    assert calls.state.projection(api_id)


def test_an_operation_that_nobody_knows_is_refused() -> None:
    executed = ControlState(Facts()).execute(Call(operation="DropAll"), NOON, RepeatableBytes())
    assert (executed.answer.status, executed.answer.error_type) == (404, "UnknownOperationException")


def test_the_answer_to_a_mistake_changes_nothing() -> None:
    executed = ControlState(Facts()).execute(Call(operation="CreateApi"), NOON, RepeatableBytes())
    assert executed.answer.error_type == "BadRequestException"
    assert (executed.changes, executed.changed_apis, executed.removed_apis) == ((), (), ())


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (
            Call(operation="X", path={"a": "b"}, query=(("k", "1"), ("k", "2")), body=b"\xff", principal="p"),
            Call,
        ),
        (Answer(status=200, body=b"{}"), Answer),
        (Put(Kind.API, "a", b"{}"), Put | Remove),
        (Remove(Kind.API, "a"), Put | Remove),
    ],
)
def test_what_travels_arrives_as_it_was_sent(value: object, kind: type) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=kind) == value
