"""Whatever comes in, the answer is in the wire's form, and nobody else notices."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from eventray_core.limits import Limits
from tests.support.client import Client
from tests.support.rig import Rig, running

UNSUPPORTED = {
    "type": "error",
    "errors": [
        {
            "errorType": "UnsupportedOperation",
            "message": "Operation not supported through the realtime channel",
        }
    ],
}
CHANNEL = "/default/bad"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    limits = Limits(header_timeout_ms=500, half_open_connections=50)
    async with running(tmp_path_factory.mktemp("data"), limits=limits) as rig:
        yield rig


@pytest_asyncio.fixture(loop_scope="module")
async def bystander(service: Rig) -> AsyncIterator[Client]:
    """A client that was there before, and must be undisturbed after."""
    async with Client.connect_to(service) as client:
        subscription = await client.subscribe("/default/bystander")
        yield client
        await client.publish("/default/bystander", "still here")
        assert await client.until_events(subscription, 1) == ["still here"]


def publish_frame(key: str, **fields: Any) -> dict[str, Any]:
    frame = {"type": "publish", "id": "p1", "channel": CHANNEL, "events": ["1"]}
    return {**frame, "authorization": {"x-api-key": key}, **fields}


WEBSOCKET_TEXTS = {
    "not JSON": "{",
    "an array": "[]",
    "a string": '"subscribe"',
    "null": "null",
    "an unknown type": '{"type":"hello"}',
    "a type that is no string": '{"type":7}',
    "no type": "{}",
    "no id": '{"type":"subscribe","channel":"/default/a"}',
    "an id that is no string": '{"type":"publish","id":7,"channel":"/default/a","events":["1"]}',
    "deep nesting": "[" * 100_000,
}


@pytest.mark.parametrize("text", WEBSOCKET_TEXTS.values(), ids=WEBSOCKET_TEXTS.keys())
async def test_what_is_no_message_gets_a_generic_error(service: Rig, bystander: Client, text: str) -> None:
    async with Client.connect_to(service) as client:
        await client.send(text)
        assert await client.until(lambda: client.frames[-1:]) == [UNSUPPORTED]
        assert (await client.publish(CHANNEL, 1))["type"] == "publish_success"


MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "subscribe without a channel": ({"type": "subscribe", "id": "x"}, "BadRequestException"),
    "subscribe to a number": ({"type": "subscribe", "id": "x", "channel": 7}, "BadRequestException"),
    "subscribe with a bad id": (
        {"type": "subscribe", "id": "a b", "channel": CHANNEL},
        "BadRequestException",
    ),
    "subscribe with a long id": (
        {"type": "subscribe", "id": "a" * 129, "channel": CHANNEL},
        "BadRequestException",
    ),
    "unsubscribe unknown": ({"type": "unsubscribe", "id": "x"}, "UnknownOperationError"),
    "publish without events": ({"type": "publish", "id": "x", "channel": CHANNEL}, "InvalidInputError"),
}


@pytest.mark.parametrize(("frame", "error_type"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_message_is_answered_by_its_id(
    service: Rig, bystander: Client, frame: dict[str, Any], error_type: str
) -> None:
    async with Client.connect_to(service) as client:
        answer = await client.ask({**frame, "authorization": {"x-api-key": service.api_key}})
        assert answer["type"] == f"{frame['type']}_error"
        assert answer["errors"][0]["errorType"] == error_type


BAD_EVENTS: dict[str, Any] = {
    "six events": ["1"] * 6,
    "no events": [],
    "events that are no list": "1",
    "an event that is no string": [1],
    "an event that is no JSON": ["{"],
    "an empty event": [""],
    "NaN": ["NaN"],
    "a deep event": ["[" * 600 + "]" * 600],
}


@pytest.mark.parametrize("events", BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
async def test_bad_events_refuse_the_publish_on_both_transports(
    service: Rig, bystander: Client, events: Any
) -> None:
    async with Client.connect_to(service) as client, httpx.AsyncClient(trust_env=False) as http:
        answer = await client.ask(publish_frame(service.api_key, events=events))
        assert answer["type"] == "publish_error"
        assert answer["errors"][0]["errorType"] == "InvalidInputError"
        response = await http.post(
            service.url(), json={"channel": CHANNEL, "events": events}, headers={"x-api-key": service.api_key}
        )
        assert response.status_code == 400
        assert response.headers["x-amzn-errortype"] == "BadRequestException"
        assert response.json()["errors"][0]["errorType"] == "BadRequestException"
        if events == ["1"] * 6:
            assert answer["errors"] == [
                {"errorType": "InvalidInputError", "message": "input exceeded 5 event limit"}
            ]
            assert response.json()["errors"] == [
                {"errorType": "BadRequestException", "message": "Input exceeded 5 event limit"}
            ]


@pytest.mark.parametrize("escape", ["\\ud83d", "a\\udc00b"])
async def test_a_lone_surrogate_escape_passes_untouched(service: Rig, bystander: Client, escape: str) -> None:
    event = f'{{"a":"{escape}"}}'
    async with Client.connect_to(service) as client, httpx.AsyncClient(trust_env=False) as http:
        subscription = await client.subscribe(CHANNEL)
        answer = await client.ask(publish_frame(service.api_key, events=[event]))
        assert answer["type"] == "publish_success"
        body = json.dumps({"channel": CHANNEL, "events": [event]})
        response = await http.post(service.url(), content=body, headers={"x-api-key": service.api_key})
        assert response.status_code == 200
        await client.until_events(subscription, 2)
        assert [frame["event"] for frame in client.of_type("data")] == [event, event]


@pytest.mark.parametrize("size", [240 * 1024, 240 * 1024 + 1])
async def test_an_event_over_240_kb_fails_alone(service: Rig, bystander: Client, size: int) -> None:
    big = json.dumps("x" * (size - 2))
    async with Client.connect_to(service) as client, httpx.AsyncClient(trust_env=False) as http:
        subscription = await client.subscribe(CHANNEL)
        body = {"channel": CHANNEL, "events": [big, "1"]}
        response = await http.post(service.url(), json=body, headers={"x-api-key": service.api_key})
        assert response.status_code == 200
        answer = await client.ask(publish_frame(service.api_key, events=[big]))
        assert answer["type"] == "publish_success"
        too_large = size > 240 * 1024
        for result in (response.json(), answer):
            codes = [(item["index"], item["code"]) for item in result["failed"]]
            assert codes == ([(0, "EventTooLargeException")] if too_large else [])
        heard = await client.until_events(subscription, 1 if too_large else 3)
        assert heard.count(1) == 1


async def test_a_body_over_the_limit_is_refused(service: Rig, bystander: Client) -> None:
    body = json.dumps({"channel": CHANNEL, "events": ["1"], "padding": "x" * 1_300_000})
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.post(service.url(), content=body, headers={"x-api-key": service.api_key})
        assert response.status_code == 413
        assert response.headers["x-amzn-errortype"] == "BadRequestException"
        assert response.json()["errors"][0]["errorType"] == "BadRequestException"


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '{"events":["1"]}', '{"channel":7,"events":["1"]}'])
async def test_a_body_that_is_no_publish_is_refused(service: Rig, bystander: Client, body: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.post(service.url(), content=body, headers={"x-api-key": service.api_key})
        assert response.status_code == 400
        assert response.json()["errors"][0]["errorType"] == "BadRequestException"
        assert response.headers["x-amzn-requestid"]
        assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "channel", ["", "/", "/*", "/default/*/a", "/default/a_b", "/a/b/c/d/e/f", "/default//a"]
)
async def test_an_invalid_channel_is_refused(service: Rig, bystander: Client, channel: str) -> None:
    key = service.api_key
    async with Client.connect_to(service) as client, httpx.AsyncClient(trust_env=False) as http:
        subscribe = {"type": "subscribe", "id": "s", "channel": channel, "authorization": {"x-api-key": key}}
        answer = await client.ask(subscribe)
        assert answer["errors"] == [
            {"errorType": "UnauthorizedException"},
            {"errorType": "BadRequestException", "message": "Invalid Channel Format"},
        ]
        answer = await client.ask(publish_frame(key, channel=channel))
        assert answer["errors"] == [{"errorType": "BadRequestException", "message": "Invalid Channel Format"}]
        body = {"channel": channel, "events": ["1"]}
        response = await http.post(service.url(), json=body, headers={"x-api-key": key})
        assert response.status_code == 400
        assert response.json()["errors"][0]["message"] == "Invalid Channel Format"


async def test_a_bad_key_is_refused_everywhere(service: Rig, bystander: Client) -> None:
    denied = {"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}
    async with httpx.AsyncClient(trust_env=False) as http:
        for headers in ({"x-api-key": "da2-wrong"}, {}):
            body = {"channel": CHANNEL, "events": ["1"]}
            response = await http.post(service.url(), json=body, headers=headers)
            assert response.status_code == 401
            assert response.headers["x-amzn-errortype"] == "UnauthorizedException"
            assert response.json()["errors"] == [denied]
    async with Client.connect_to(service) as client:
        answer = await client.ask(publish_frame("da2-wrong"))
        assert answer["errors"] == [denied]
        subscribe = {"type": "subscribe", "id": "s", "channel": CHANNEL}
        answer = await client.ask({**subscribe, "authorization": {"x-api-key": "da2-wrong"}})
        assert answer["errors"] == [{"errorType": "UnauthorizedException"}]
        answer = await client.ask({**subscribe, "id": "s2"})
        assert answer["errors"] == [{"errorType": "UnauthorizedException"}]
    async with await Client.connect(service.realtime_url(), "da2-wrong") as stranger:
        await stranger.send({"type": "connection_init"})
        await stranger.until_closed()
        assert stranger.frames == [{"type": "connection_error", "errors": [{**denied, "errorCode": 401}]}]
    async with await Client.connect(service.realtime_url(), "da2-wrong") as silent:
        await silent.until_closed()
        assert silent.of_type("connection_error")


async def test_an_unknown_namespace_looks_forbidden(service: Rig, bystander: Client) -> None:
    key = service.api_key
    async with Client.connect_to(service) as client, httpx.AsyncClient(trust_env=False) as http:
        subscribe = {
            "type": "subscribe",
            "id": "s",
            "channel": "/other/a",
            "authorization": {"x-api-key": key},
        }
        assert (await client.ask(subscribe))["errors"] == [{"errorType": "UnauthorizedException"}]
        answer = await client.ask(publish_frame(key, channel="/other/a"))
        assert answer["errors"] == [{"errorType": "UnauthorizedException"}]
        body = {"channel": "/other/a", "events": ["1"]}
        response = await http.post(service.url(), json=body, headers={"x-api-key": key})
        assert response.status_code == 403
        assert response.json() == {"errors": [{"errorType": "UnauthorizedException"}]}


async def test_a_binary_frame_gets_an_error_and_the_connection_lives(service: Rig, bystander: Client) -> None:
    async with Client.connect_to(service) as client:
        await client.send(b"\x00\x01")
        assert await client.until(lambda: client.frames[-1:]) == [UNSUPPORTED]
        assert (await client.publish(CHANNEL, 1))["type"] == "publish_success"


async def test_a_frame_over_the_limit_ends_its_connection_only(service: Rig, bystander: Client) -> None:
    async with Client.connect_to(service) as client:
        await client.send("x" * 1_600_000)
        await client.until_closed()
        assert client.socket.close_code == 1009


BROKEN_FRAMES = {
    "unmasked": (b"\x81\x02{}", 1002),
    "invalid UTF-8": (b"\x81\x82\x00\x00\x00\x00\xff\xff", 1007),
    "a reserved opcode": (b"\x83\x80\x00\x00\x00\x00", 1002),
}


@pytest.mark.parametrize(("data", "code"), BROKEN_FRAMES.values(), ids=BROKEN_FRAMES.keys())
async def test_a_broken_frame_ends_its_connection_only(
    service: Rig, bystander: Client, data: bytes, code: int
) -> None:
    upgrade = (
        "GET /event/realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: aws-appsync-event-ws\r\nx-api-key: {service.api_key}\r\n\r\n"
    )
    async with raw_connection(service) as (reader, writer):
        writer.write(upgrade.encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        writer.write(data)
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer[0] == 0x88
        assert int.from_bytes(answer[2:4]) == code


@asynccontextmanager
async def raw_connection(service: Rig) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, port = service.addresses[0].rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    yield reader, writer
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_endless_headers_are_cut_off(service: Rig, bystander: Client) -> None:
    async with raw_connection(service) as (reader, writer):
        answer = asyncio.get_running_loop().create_task(reader.read())
        writer.write(b"POST /event HTTP/1.1\r\n")
        # Ends with the answer, or with the connection.
        while not answer.done() and not writer.transport.is_closing():
            writer.write(b"x-filler: " + b"x" * 1000 + b"\r\n")
            await writer.drain()
        head, _, body = (await answer).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 431 ")
        assert json.loads(body)["errors"][0]["errorType"] == "BadRequestException"


async def test_a_half_sent_upgrade_is_given_up(service: Rig, bystander: Client) -> None:
    async with raw_connection(service) as (reader, writer):
        writer.write(b"GET /event/realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n")
        await asyncio.wait_for(reader.read(), 10)
        assert reader.at_eof()


async def test_half_open_connections_give_way_to_newer_ones(service: Rig, bystander: Client) -> None:
    async with contextlib.AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(raw_connection(service)) for _ in range(200)]
        async with Client.connect_to(service) as client:
            assert (await client.publish(CHANNEL, 1))["type"] == "publish_success"
        for reader, _ in silent:
            await asyncio.wait_for(reader.read(), 10)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/event", 405), ("GET", "/nothing", 404), ("DELETE", "/healthz", 405)],
)
async def test_other_requests_get_errors_in_the_same_form(
    service: Rig, bystander: Client, method: str, path: str, status: int
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.request(method, service.url().removesuffix("/event") + path)
        assert response.status_code == status
        assert response.json()["errors"][0]["errorType"] == response.headers["x-amzn-errortype"]
        assert response.headers["x-amzn-requestid"]
