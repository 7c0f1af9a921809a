from typing import Annotated

import pytest
from msgspec import UNSET, Meta, UnsetType

from eventray_core.control.calls import Call
from eventray_core.control.errors import InvalidRequestError
from eventray_core.control.facts import Facts
from eventray_core.control.requests import Request
from eventray_core.control.tables import Tables
from eventray_core.shape import Shape


class Inner(Shape, frozen=True, kw_only=True):
    table_name: Annotated[str, Meta(max_length=3)]


class Wanted(Shape, frozen=True, kw_only=True):
    max_count: Annotated[int, Meta(ge=0, le=9)] | UnsetType = UNSET
    items: tuple[Inner, ...] = ()
    tags: dict[Annotated[str, Meta(max_length=2)], str] = {}


def request(body: bytes) -> Request:
    call = Call(operation="X", body=body, path={"apiId": "a"}, query=(("k", "1"), ("other", "2"), ("k", "3")))
    return Request(call=call, tables=Tables(), facts=Facts(), now=1.23456, random_bytes=bytes)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{}", b'{"maxCount": null}', b'{"unknown": [1, null], "MaxCount": "x"}']
)
def test_absent_members_null_ones_and_unknown_ones_are_all_the_same(body: bytes) -> None:
    assert request(body).read(Wanted) == Wanted()


def test_members_are_read_by_their_camel_case_names() -> None:
    wanted = request(b'{"maxCount": 3, "items": [{"tableName": "abc"}], "tags": {"k": "v"}}').read(Wanted)
    assert wanted == Wanted(max_count=3, items=(Inner(table_name="abc"),), tags={"k": "v"})


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"{", "not valid JSON"),
        (b"nothing", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b'{"tags": {"k": "\\ud800"}}', "not valid JSON"),
        (b"[" * 600 + b"]" * 600, "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'"x"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"maxCount": "3"}', "'maxCount' is not valid: Expected `int`, got `str`"),
        (b'{"maxCount": true}', "'maxCount' is not valid: Expected `int`"),
        (b'{"maxCount": 1.5}', "'maxCount' is not valid"),
        (b'{"maxCount": 1e400}', "'maxCount' is not valid"),
        (b'{"maxCount": 10}', "'maxCount' is not valid: Expected `int` <= 9"),
        (b'{"maxCount": ' + b"9" * 30 + b"}", "'maxCount' is not valid"),
        (b'{"items": {}}', "'items' is not valid: Expected `array`, got `object`"),
        (b'{"items": [null]}', "'items[0]' is not valid"),
        (b'{"items": [{"tableName": "abc"}, {}]}', "'items[1]' is not valid: Object missing required field"),
        (b'{"items": [{"tableName": "abcd"}]}', "'items[0].tableName' is not valid"),
        (b'{"tags": {"key": "v"}}', "'tags' is not valid"),
        (b'{"tags": {"k": 1}}', "'tags[...]' is not valid"),
    ],
)  # fmt: skip
def test_a_bad_body_is_refused_with_the_place_of_the_fault(body: bytes, complaint: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        request(body).read(Wanted)
    assert complaint in str(caught.value.message)


def test_parameters_query_and_time() -> None:
    asked = request(b"")
    assert (asked.parameter("apiId"), asked.parameter("name")) == ("a", "")
    assert (asked.values("k"), asked.values("none")) == (["1", "3"], [])
    assert asked.timestamp == 1.235
