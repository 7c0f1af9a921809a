import json

from eventray_gateway.wire.answers import error_answer
from eventray_gateway.wire.edge import Rejection


def test_an_error_answer_has_the_form_that_clients_branch_on() -> None:
    head, body = error_answer(Rejection(431, "BadRequestException", "Too large."), "id-1").split(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert status == "HTTP/1.1 431 Request Header Fields Too Large"
    assert json.loads(body) == {"errors": [{"errorType": "BadRequestException", "message": "Too large."}]}
    assert headers.pop("date").endswith("gmt")
    assert headers == {
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(body)),
        "connection": "close",
        "x-amzn-requestid": "id-1",
        "x-amzn-errortype": "badrequestexception",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "x-amzn-requestid,x-amzn-errortype",
    }


def test_a_message_is_left_out_where_there_is_none() -> None:
    body = error_answer(Rejection(401, "UnauthorizedException"), "id").split(b"\r\n\r\n")[1]
    assert json.loads(body) == {"errors": [{"errorType": "UnauthorizedException"}]}
