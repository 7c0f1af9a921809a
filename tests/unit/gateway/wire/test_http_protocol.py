"""Requests, good and bad; `test_http_time.py` has those that hold out."""

import json

import pytest
from tests.support.wire import TEXT, Answer, Wire, frame, handshake, request, until

from eventray_core.limits import Limits
from eventray_gateway.wire.edge import Rejection
from eventray_gateway.wire.http_protocol import MAX_PIPELINED
from eventray_gateway.wire.request_meter import BODY_SLACK, MAX_HEADERS

BODY_LIMIT = Limits().publish_body_bytes + BODY_SLACK


def assert_error(answer: Answer, status: int, error_type: str = "BadRequestException") -> None:
    """The form of the data-plane specification, section 4."""
    assert answer.status == status, answer
    [error] = json.loads(answer.body)["errors"]
    assert error["errorType"] == answer.headers["x-amzn-errortype"] == error_type
    assert error["message"]
    assert len(answer.headers["x-amzn-requestid"]) == 36
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["connection"] == "close"


# What passes


async def test_requests_follow_one_another_on_a_connection(wire: Wire) -> None:
    async with await wire.client() as client:
        for body in (b"one", b"two"):
            await client.send(request("POST", "/a%20b?c=d", body=body))
            answer = await client.answer()
            assert (answer.status, answer.body) == (200, body)
            assert answer.headers["date"]
            assert "server" not in answer.headers
    scope = wire.app.scopes[0]
    assert (scope["path"], scope["query_string"], scope["method"]) == ("/a b", b"c=d", "POST")
    assert wire.server.counters.http_requests == 2


async def test_pipelined_requests_are_answered_in_order(wire: Wire) -> None:
    async with await wire.client() as client:
        bodies = [b"%d" % n for n in range(MAX_PIPELINED)]
        await client.send(b"".join(request("POST", "/", body=body) for body in bodies))
        assert [(await client.answer()).body for _ in bodies] == bodies


async def test_a_request_may_come_byte_by_byte(wire: Wire) -> None:
    async with await wire.client() as client:
        for byte in request("POST", "/", body=b"slow"):
            await client.send(bytes([byte]))
        assert (await client.answer()).body == b"slow"


async def test_headers_may_be_long(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("GET", "/", f"authorization: {'a' * 60_000}"))
        assert (await client.answer()).status == 200


async def test_a_body_a_little_over_the_quota_is_left_to_the_application(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("POST", "/", body=b"x" * BODY_LIMIT))
        assert len((await client.answer()).body) == BODY_LIMIT


async def test_a_chunked_body_is_put_together_and_its_trailers_are_dropped(wire: Wire) -> None:
    chunks = b"3\r\nabc\r\n2;extension\r\nde\r\n0\r\nx-api-key: late\r\n\r\n"
    async with await wire.client() as client:
        await client.send(request("POST", "/", "transfer-encoding: chunked") + chunks + request())
        assert (await client.answer()).body == b"abcde"
        assert (await client.answer()).status == 200
    assert b"x-api-key" not in dict(wire.app.scopes[0]["headers"])


async def test_a_client_that_has_said_all_still_gets_its_answers(plain_wire: Wire) -> None:
    async with await plain_wire.client() as client:
        await client.send(request("POST", "/hold", body=b"a") + request("POST", "/", body=b"b"))
        client.writer.write_eof()
        await until(lambda: len(plain_wire.app.scopes) == 1)
        plain_wire.app.release.set()
        assert [(await client.answer()).body for _ in range(2)] == [b"a", b"b"]
        assert await client.rest() == b""


@pytest.mark.parametrize("behind", [b"", request("POST", "/", body=b"next")])
async def test_an_offer_of_http_2_is_ignored_and_the_request_answered(wire: Wire, behind: bytes) -> None:
    offer = [
        "connection: Upgrade, HTTP2-Settings",
        "upgrade: h2c",
        "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA",
    ]
    async with await wire.client() as client:
        await client.send(request("POST", "/", *offer, body=b"body") + behind)
        assert (await client.answer()).body == b"body"
        if behind:
            assert (await client.answer()).body == b"next"


async def test_a_client_that_vanishes_is_known_to_the_application(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(b"POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\nabc")
        await until(lambda: len(wire.app.scopes) == 1)
    await until(lambda: wire.app.disconnects == 1)
    await until(lambda: wire.server.counters.connections_open == 0)


# What is refused


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nname: a\x00b\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://localhost HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the beginning of TLS
    ],
)
async def test_what_is_not_http_gets_a_400(wire: Wire, data: bytes) -> None:
    async with await wire.client() as client:
        await client.send(data)
        assert_error(await client.answer(), 400)
        assert await client.rest() == b""
    assert wire.server.counters.refused == 1


@pytest.mark.parametrize(
    "headers",
    [
        [f"long: {'a' * 65_536}"],
        [f"n{n}: {'a' * 1_000}" for n in range(70)],
        [f"n{n}: a" for n in range(MAX_HEADERS)],
    ],
)
async def test_headers_that_are_too_large_get_a_431(wire: Wire, headers: list[str]) -> None:
    async with await wire.client() as client:
        await client.send(request("GET", "/", *headers))
        assert_error(await client.answer(), 431)
        assert await client.rest() == b""
    assert wire.app.scopes == []


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"GET /", b"a" * 10_000),
        (b"GET / HTTP/1.1\r\nx: ", b"a" * 10_000),
        (b"GET / HTTP/1.1\r\n", b"x: y\r\n" * 1_000),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;", b"a" * 10_000),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx: ", b"a" * 10_000),
        (b"", b"\r\n" * 5_000),
    ],
)
async def test_what_never_ends_is_cut_off(wire: Wire, start: bytes, more: bytes) -> None:
    async with await wire.client() as client:
        await client.send(start)
        for _ in range(40):
            await client.send(more)
        assert (await client.answer()).status in (400, 431)


async def test_a_declared_body_that_is_too_large_gets_a_413_before_it_comes(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("POST", "/", f"content-length: {BODY_LIMIT + 1}", "expect: 100-continue"))
        assert_error(await client.answer(), 413)
    assert wire.app.scopes == []


async def test_a_chunked_body_that_is_too_large_gets_a_413(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("POST", "/", "transfer-encoding: chunked"))
        for _ in range(13):
            await client.send(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
        assert_error(await client.answer(), 413)
    await until(lambda: wire.app.disconnects == 1)


async def test_a_client_that_sends_its_body_before_it_listens_gets_the_413(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("POST", "/", body=b"x" * 10_000_000))
        assert_error(await client.answer(), 413)


async def test_a_client_that_sends_on_and_on_after_its_refusal_is_cut(wire: Wire) -> None:
    async with await wire.client() as client:
        with pytest.raises(ConnectionError):  # noqa: PT012 - which of the writes fails depends on the kernel
            while True:
                await client.send(b"x" * 1_000_000)


async def test_too_many_pipelined_requests_are_refused_behind_the_answers(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("GET", "/hold") + request() * (MAX_PIPELINED + 1))
        await until(lambda: wire.server.counters.refused == 1)
        wire.app.release.set()
        for _ in range(MAX_PIPELINED + 1):
            assert (await client.answer()).status == 200
        assert_error(await client.answer(), 400)
        assert await client.rest() == b""


async def test_nonsense_behind_a_request_is_answered_behind_its_answer(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("GET", "/hold") + b"nonsense\r\n\r\n")
        await until(lambda: wire.server.counters.refused == 1)
        wire.app.release.set()
        assert (await client.answer()).status == 200
        assert_error(await client.answer(), 400)


async def test_an_application_that_fails_tells_the_client_nothing(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("GET", "/fail"))
        answer = await client.answer()
        assert_error(answer, 500, "InternalFailureException")
        assert b"secret" not in answer.body
        assert await client.rest() == b""


# Upgrades


async def test_a_refused_upgrade_has_the_form_of_every_error(wire: Wire) -> None:
    wire.edge.rejection = Rejection(404, "NotFoundException", "No.")
    async with await wire.client() as client:
        await client.send(handshake("aws-appsync-event-ws"))
        answer = await client.answer()
        assert_error(answer, 404, "NotFoundException")
        assert answer.headers["x-amzn-requestid"] == wire.edge.upgrades[0].request_id
        assert await client.rest() == b""
    assert wire.server.counters.upgrades == 0


async def test_an_upgrade_that_is_no_handshake_gets_a_400(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("GET", "/", "connection: Upgrade", "upgrade: websocket"))
        assert_error(await client.answer(), 400)
    assert wire.edge.upgrades == []


async def test_tokens_in_an_upgrade_may_be_long(wire: Wire) -> None:
    async with await wire.client() as client:
        answer = await client.upgrade(f"header-{'a' * 50_000}, aws-appsync-event-ws")
        assert answer.headers["sec-websocket-protocol"] == "aws-appsync-event-ws"
        assert answer.headers["x-amzn-requestid"] == wire.edge.upgrades[0].request_id


async def test_an_upgrade_may_follow_requests(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request())
        assert (await client.answer()).status == 200
        await client.upgrade()
        await client.send(frame(TEXT, b"echo"))
        assert await client.frame() == (0x81, b"echo")


async def test_an_upgrade_does_not_overtake_a_request(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.send(request("GET", "/hold") + handshake())
        await until(lambda: wire.server.counters.refused == 1)
        wire.app.release.set()
        assert (await client.answer()).status == 200
        assert_error(await client.answer(), 400)
    assert wire.edge.upgrades == []


async def test_bytes_behind_the_handshake_are_not_lost(wire: Wire) -> None:
    async with await wire.client() as client:
        await client.upgrade(behind=frame(TEXT, b"echo 1") + frame(TEXT, b"echo 2")[:3])
        await client.send(frame(TEXT, b"echo 2")[3:])
        assert [await client.frame() for _ in range(2)] == [(0x81, b"echo 1"), (0x81, b"echo 2")]
