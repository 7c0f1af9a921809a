import pytest

from eventray_core.control.calls import Call
from eventray_core.control.requested_tags import requested_tags


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        (b"", {}),
        (b'{"name": "x"}', {}),
        (b'{"tags": {"team": "red", "stage": ""}}', {"team": "red", "stage": ""}),
        (rb'{"\u0074ags": {"team": "red"}}', {"team": "red"}),
        (b'{"tags": {"team": "red"}, "tags": {"team": "blue"}}', {"team": "blue"}),
        (b'{"tags": {"team": null, "n": 1}}', {}),
        (b'{"tags": ["team"]}', {}),
        (b'["tags"]', {}),
        (b'{"tags": ', {}),
    ],
)
def test_tags_that_a_body_sets(body: bytes, tags: dict[str, str]) -> None:
    assert requested_tags(Call(operation="CreateApi", body=body)) == tags


def test_tags_that_a_query_removes() -> None:
    call = Call(operation="UntagResource", query=(("tagKeys", "a"), ("other", "b"), ("tagKeys", "c")))
    assert requested_tags(call) == {"a": None, "c": None}
