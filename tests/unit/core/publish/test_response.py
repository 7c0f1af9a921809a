import json

from eventray_core.event import AcceptedEvents, Event, FailedEvent
from eventray_core.publish.response import encode_error, encode_published, published_fields

EVENT = Event("b2c1", 0, b'"1"')
FAILED = FailedEvent("77aa", 1, "EventTooLargeException", "Transformed event is larger than 240KB")
SUCCESSFUL_ITEM = {"identifier": "b2c1", "index": 0}
FAILED_ITEM = {
    "identifier": "77aa",
    "index": 1,
    "code": "EventTooLargeException",
    "message": "Transformed event is larger than 240KB",
}


def test_the_answer_is_written_as_aws_writes_it() -> None:
    body = encode_published(AcceptedEvents((EVENT,)))
    assert body == b'{"failed":[],"successful":[{"identifier":"b2c1","index":0}]}'


def test_both_lists_are_always_there() -> None:
    assert published_fields(AcceptedEvents((EVENT,), (FAILED,))) == {
        "failed": [FAILED_ITEM],
        "successful": [SUCCESSFUL_ITEM],
    }
    assert json.loads(encode_published(AcceptedEvents((), (FAILED,)))) == {
        "failed": [FAILED_ITEM],
        "successful": [],
    }


def test_an_error_is_one_entry_with_or_without_a_message() -> None:
    assert (
        encode_error("UnauthorizedException", None) == b'{"errors":[{"errorType":"UnauthorizedException"}]}'
    )
    assert json.loads(encode_error("BadRequestException", 'no "é"')) == {
        "errors": [{"errorType": "BadRequestException", "message": 'no "é"'}]
    }
