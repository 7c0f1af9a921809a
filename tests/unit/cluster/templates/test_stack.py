from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_cluster.templates.stack import (
    Stack,
    Status,
    StoredResource,
    decode,
    digest,
    encode,
    text_digest,
)

VALUES = st.recursive(st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=8)


def test_a_record_is_read_as_it_was_written() -> None:
    resource = StoredResource(logical_id="Api", type="AWS::AppSync::Api", identity={"apiId": "a"}, keep=True)
    stack = Stack(name="chat", status=Status.UPDATED, resources={"Api": resource}, leftovers=[resource])
    assert decode(encode(stack)) == stack


def test_what_is_no_record_is_refused() -> None:
    for body in ("", "{}", '{"name": "x", "status": "MAYBE"}'):
        with pytest.raises(msgspec.DecodeError):
            decode(body)


@pytest.mark.parametrize("status", Status)
def test_a_status_says_whether_somebody_is_at_work(status: Status) -> None:
    assert status.in_progress is ("PROGRESS" in status)


@given(VALUES, VALUES)
def test_digests_are_equal_for_equal_values_only(first: Any, second: Any) -> None:
    assert (digest(first) == digest(second)) is (first == second)


def test_the_order_of_keys_does_not_count() -> None:
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})
    assert digest(["a", "b"]) != digest(["b", "a"])


def test_a_digest_is_half_of_a_sha256() -> None:
    assert text_digest("") == "e3b0c44298fc1c149afbf4c8996fb924"
