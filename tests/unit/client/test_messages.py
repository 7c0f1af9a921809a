import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_client import messages
from eventray_client.errors import Reason
from eventray_client.results import FailedEvent, PublishedEvent, PublishResult
from eventray_core.realtime.codec import decode_credentials


@given(st.dictionaries(st.sampled_from(["host", "x-api-key", "authorization"]), st.text()))
def test_the_server_reads_the_credentials_of_the_upgrade(authorization: dict[str, str]) -> None:
    shown = messages.header_subprotocol(authorization)
    assert not set(shown) & set("=+/ ,")
    assert decode_credentials(shown) == authorization


@given(st.text())
def test_an_event_text_is_one_line_that_holds_the_value(text: str) -> None:
    written = messages.event_text({"text": text})
    assert json.loads(written) == {"text": text}
    assert "\n" not in written


@pytest.mark.parametrize("value", [float("inf"), object(), b"bytes"])
def test_what_json_cannot_hold_is_no_event(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        messages.event_text(value)


@pytest.mark.parametrize("text", ["", "no json", "[]", "1", '{"no": "type"}', '{"type": 1}', b"\xff"])
def test_what_is_no_message_has_no_type(text: str | bytes) -> None:
    assert messages.decode(text) == {}


def test_a_result_is_read() -> None:
    fields = {
        "successful": [{"identifier": "a", "index": 0}],
        "failed": [{"identifier": "b", "index": 1, "code": 401, "message": None}, {"index": 2}],
    }
    failed = (FailedEvent(1, "b", "401", ""), FailedEvent(2, "", "", ""))
    assert messages.publish_result(fields) == PublishResult((PublishedEvent(0, "a"),), failed)


@pytest.mark.parametrize(
    "fields",
    [{}, {"successful": []}, {"successful": 1, "failed": []}, {"successful": [{}], "failed": []},
     {"successful": [1], "failed": []}, {"successful": [], "failed": [1]}],
)  # fmt: skip
def test_another_answer_is_no_result(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not the answer to a publish"):
        messages.publish_result(fields)


def test_reasons_are_read_as_far_as_they_can_be() -> None:
    assert messages.reasons({"errors": [{"errorType": "A", "message": "m"}, {"errorType": "B"}, 1, {}]}) == (
        Reason("A", "m"),
        Reason("B"),
        Reason(""),
    )
    assert messages.reasons({}) == messages.reasons({"errors": "x"}) == ()


def test_bodies_are_what_signatures_are_over() -> None:
    assert messages.publish_body("/a/b", ["1", '"é"']) == b'{"channel":"/a/b","events":["1","\\"\\u00e9\\""]}'
    assert messages.subscribe_body("/a/*") == b'{"channel":"/a/*"}'
