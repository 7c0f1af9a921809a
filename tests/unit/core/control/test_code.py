import json

import pytest

from eventray_core.control.calls import Call
from eventray_core.control.code import MAX_CODE_LENGTH, CodeError, code_hash, code_to_check, refuse_faulty
from eventray_core.control.errors import InvalidRequestError


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("CreateChannelNamespace", {"codeHandlers": "x"}, "x"),
        ("UpdateChannelNamespace", {"codeHandlers": "x"}, "x"),
        ("UpdateChannelNamespace", {"codeHandlers": "é" * MAX_CODE_LENGTH}, "é" * MAX_CODE_LENGTH),
        ("UpdateChannelNamespace", {"codeHandlers": "é" * (MAX_CODE_LENGTH + 1)}, None),
        ("UpdateChannelNamespace", {"codeHandlers": ""}, None),
        ("UpdateChannelNamespace", {"codeHandlers": 1}, None),
        ("UpdateChannelNamespace", {}, None),
        ("UpdateChannelNamespace", [], None),
        ("GetChannelNamespace", {"codeHandlers": "x"}, None),
    ],
)
def test_the_code_that_a_call_would_save(operation: str, body: object, code: str | None) -> None:
    assert code_to_check(Call(operation=operation, body=json.dumps(body).encode())) == code


def test_a_broken_body_has_no_code() -> None:
    assert code_to_check(Call(operation="CreateChannelNamespace", body=b"{")) is None


def test_findings_are_told_as_aws_tells_them() -> None:
    refuse_faulty([])
    with pytest.raises(InvalidRequestError) as caught:
        refuse_faulty([CodeError(error_type="PARSER_ERROR", value="unexpected token", line=3)])
    location = {"line": 3, "column": 0, "span": -1}
    finding = {"errorType": "PARSER_ERROR", "value": "unexpected token", "location": location}
    assert (caught.value.reason, caught.value.detail) == ("CODE_ERROR", {"codeErrors": [finding]})


def test_a_hash_is_that_of_the_text_as_utf_8() -> None:
    assert code_hash("é").startswith("4a99557e4033c3539de2eb65472017ca")
