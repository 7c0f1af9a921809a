import asyncio
import json
import logging
from typing import Any, cast

from uvicorn.protocols.http.flow_control import FlowControl

from eventray_gateway.wire.answers import AnswerCycle, error_answer
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


class RecordingTransport(asyncio.Transport):
    """Keeps each write by itself; `None` is the close."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes | None] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return None in self.written

    def close(self) -> None:
        self.written.append(None)

    def pause_reading(self) -> None:
        raise AssertionError("nobody asked for that")


def cycle_on(transport: asyncio.Transport, method: str = "POST", keep_alive: bool = True) -> AnswerCycle:
    log = logging.getLogger("test")
    return AnswerCycle(
        scope=cast(Any, {"type": "http", "method": method}),
        transport=transport,
        flow=FlowControl(transport),
        logger=log,
        access_logger=log,
        access_log=False,
        default_headers=[],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: None,
    )


def start(length: int) -> dict[str, Any]:
    headers = [(b"content-length", b"%d" % length)]
    return {"type": "http.response.start", "status": 200, "headers": headers}


def body(data: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"


async def test_head_and_body_are_one_write() -> None:
    cycle = cycle_on(transport := RecordingTransport())
    await cycle.send(start(2))
    assert transport.written == []
    await cycle.send(body(b"ok"))
    assert transport.written == [HEAD % 2 + b"ok"]
    assert cycle.response_complete


async def test_later_pieces_of_a_body_go_out_as_they_come() -> None:
    cycle = cycle_on(transport := RecordingTransport())
    await cycle.send(start(4))
    await cycle.send(body(b"ab", more=True))
    assert transport.written == [HEAD % 4 + b"ab"]
    await cycle.send(body(b"cd"))
    assert transport.written == [HEAD % 4 + b"ab", b"cd"]


async def test_an_answer_without_a_body_has_its_head_before_the_close() -> None:
    cycle = cycle_on(transport := RecordingTransport(), "HEAD", keep_alive=False)
    await cycle.send(start(0))
    await cycle.send(body(b""))
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    assert transport.written == [head, None]


async def test_a_client_that_left_before_the_body_is_sent_nothing() -> None:
    cycle = cycle_on(transport := RecordingTransport())
    await cycle.send(start(2))
    transport.close()
    cycle.disconnected = True
    await cycle.send(body(b"ok"))
    assert transport.written == [None]
