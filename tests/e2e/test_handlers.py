"""Event handlers from the management API to the subscribers, over both transports, on two gateways and two shards."""

import asyncio

# ruff: noqa: E501 - each sample of code is one line
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from tests.support.client import Client, Publisher
from tests.support.management import Management, appsync
from tests.support.rig import Rig, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

UPPER = """import { util } from '@aws-appsync/utils';
export function onPublish(ctx) {
  return ctx.events.map((event) => ({
    id: event.id,
    payload: { ...event.payload, message: event.payload.message.toUpperCase() },
  }));
}
"""
ODDS = "export const onPublish = (ctx) => ctx.events.filter((event) => event.payload.odds > 0.9)"
GREETING = """export function onPublish(ctx) {
  return ctx.events.map((event) => {
    if (event.payload.message !== 'hello') { event.error = 'You can only say hello' }
    return event;
  });
}
"""
INBOX = """import { util } from '@aws-appsync/utils';
export function onSubscribe(ctx) {
  if (ctx.info.channel.path !== `/h/inbox/${ctx.request.headers['x-user']}`) { util.unauthorized() }
}
"""
WHO = """export const onPublish = (ctx) => ctx.events.map((e) => ({ id: e.id, payload: {
  identity: ctx.identity, user: ctx.request.headers['x-user'], path: ctx.info.channel.path, auth: util.authType(),
} }));
"""
NOT_AUTHORIZED = "You are not authorized to make this call."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=2) as rig:
        yield rig


@pytest.fixture(scope="module")
def manage(service: Rig) -> Management:
    return Management(appsync(service))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def namespace(service: Rig, manage: Management) -> str:
    """The namespace `h` of the default API."""
    await manage.create_channel_namespace(apiId=service.api_id, name="h")
    return "h"


@pytest.fixture
def handle(service: Rig, manage: Management, namespace: str) -> Any:
    """Gives the namespace its code; it counts everywhere when this returns."""

    async def handle(code: str) -> None:
        await manage.update_channel_namespace(apiId=service.api_id, name=namespace, codeHandlers=code)

    return handle


async def _publish(service: Rig, channel: str, *events: Any) -> tuple[int, dict[str, Any]]:
    async with Publisher(service.url(1), service.api_key) as publisher:
        answer = await publisher.publish(channel, *events)
        return answer.status_code, answer.json()


async def test_events_are_changed_filtered_and_failed_one_by_one(service: Rig, handle: Any) -> None:
    await handle(UPPER)
    async with Client.connect_to(service) as client:
        heard = await client.subscribe("/h/a")
        status, answer = await _publish(service, "/h/a", {"message": "hi", "n": 1}, {"message": "you"})
        assert (status, len(answer["successful"]), answer["failed"]) == (200, 2, [])
        assert (await client.publish("/h/a", {"message": "ws"}))["type"] == "publish_success"
        said = await client.until_events(heard, 3)
        assert said == [{"message": "HI", "n": 1}, {"message": "YOU"}, {"message": "WS"}]
        await handle(ODDS)
        status, answer = await _publish(service, "/h/a", {"odds": 0.95}, {"odds": 0.5})
        assert (status, len(answer["successful"])) == (200, 2), "an event that is left out counts as done"
        assert (await client.until_events(heard, 4))[-1] == {"odds": 0.95}
        await handle(GREETING)
        status, answer = await _publish(service, "/h/a", {"message": "bye"}, {"message": "hello"})
        assert [(f["index"], f["code"], f["message"]) for f in answer["failed"]] == [
            (0, "HandlerError", "You can only say hello")
        ]
        assert [s["index"] for s in answer["successful"]] == [1]
        answer = await client.publish("/h/a", {"message": "hello"}, {"message": "bye"})
        assert [f["index"] for f in answer["failed"]] == [1]
        assert (await client.until_events(heard, 6))[4:] == [{"message": "hello"}] * 2


@pytest.mark.parametrize(
    ("body", "status", "error_type", "message"),
    [
        ("util.error('no way', 'Nope')", 403, "Nope", "no way"),
        ("util.error('no way')", 403, "HandlerError", "no way"),
        ("util.error('no', 'a\\r\\nb: c')", 403, "a\r\nb: c", "no"),
        ("util.unauthorized()", 401, "UnauthorizedException", NOT_AUTHORIZED),
        ("ctx.nothing.here", 400, "HandlerExecutionError", "Unable to process request"),
        ("return { events: ctx.events }", 400, "HandlerExecutionError", "Unable to process request"),
        ("while (true);", 400, "HandlerExecutionError", "Unable to process request"),
    ],
)
async def test_a_request_is_refused_over_both_transports(
    service: Rig, handle: Any, body: str, status: int, error_type: str, message: str
) -> None:
    await handle(f"export function onPublish(ctx) {{ {body} }} export function onSubscribe(ctx) {{ {body} }}")
    refused = {"errorType": error_type, "message": message}
    assert await _publish(service, "/h/a", 1) == (status, {"errors": [refused]})
    async with Client.connect_to(service) as client:
        answer = await client.publish("/h/a", 1)
        assert (answer["type"], answer["errors"]) == ("publish_error", [refused])
        if "return" not in body:
            subscribe = {
                "type": "subscribe",
                "id": "s",
                "channel": "/h/a",
                "authorization": {"x-api-key": client.key},
            }
            answer = await client.ask(subscribe)
            wanted = refused | ({"errorType": "Unauthorized"} if status == 401 else {})
            assert (answer["type"], answer["errors"]) == ("subscribe_error", [wanted])
        assert (await client.publish("/default/a", 1))["type"] == "publish_success", "the connection lives on"


def _id(channel: str, user: str) -> str:
    return f"{channel}-{user}".replace("/", "_").replace("*", "all")


async def test_each_subscription_is_asked_about_by_its_own_caller(service: Rig, handle: Any) -> None:
    await handle(INBOX)
    async with Client.connect_to(service) as client:

        async def ask(channel: str, user: str) -> str:
            authorization = {"x-api-key": client.key, "X-User": user}
            message = {"type": "subscribe", "id": _id(channel, user), "channel": channel}
            answer = await client.ask({**message, "authorization": authorization})
            kind: str = answer["type"]
            return kind

        assert await ask("/h/inbox/ann", "ann") == "subscribe_success"
        assert await ask("/h/inbox/ann", "bob") == "subscribe_error", "though this gateway hears the channel"
        assert await ask("/h/inbox/*", "bob") == "subscribe_error"
        assert await ask("/h/*", "bob") == "subscribe_error"
        await handle("export const onSubscribe = () => {}")
        assert await ask("/h/*", "bob") == "subscribe_success"
        assert (await _publish(service, "/h/inbox/ann", "for ann"))[0] == 200
        assert await client.until_events(_id("/h/inbox/ann", "ann"), 1) == ["for ann"]


async def test_a_handler_is_told_who_asks(service: Rig, handle: Any) -> None:
    await handle(WHO)
    async with Client.connect_to(service) as client:
        heard = await client.subscribe("/h/who")
        async with Publisher(service.url(1), service.api_key) as publisher:
            publisher.http.headers["X-User"] = "ann"
            await publisher.publish("/h/who", 0)
        told = {"identity": None, "user": "ann", "path": "/h/who", "auth": "API Key Authorization"}
        assert await client.until_events(heard, 1) == [told]


async def test_a_channel_keeps_its_order_whatever_handlers_take(service: Rig, handle: Any) -> None:
    await handle(
        "export const onPublish = (ctx) => { let n = 0; while (n < ctx.events[0].payload % 7 * 20000) n++; return ctx.events }"
    )
    async with Client.connect_to(service) as client:
        heard = await client.subscribe("/h/order")
        for n in range(100):
            await client.send(
                {"type": "publish", "id": f"p{n}", "channel": "/h/order", "events": [json.dumps(n)]}
                | {"authorization": {"x-api-key": client.key}}
            )
        assert await client.until_events(heard, 100) == list(range(100))
        await client.until(lambda: len(client.of_type("publish_success")) == 100)


async def test_a_slow_handler_does_not_hold_up_other_channels(service: Rig, handle: Any) -> None:
    await handle(
        "export const onPublish = (ctx) => { while (ctx.events[0].payload === 'slow'); return ctx.events }"
    )
    slow = asyncio.ensure_future(_publish(service, "/h/slow", "slow"))
    while not slow.done():
        assert (await _publish(service, "/default/fast", "fast"))[0] == 200
        assert (await _publish(service, "/h/fast", "fast"))[0] == 200
        break
    assert not slow.done()
    assert (await slow)[0] == 400


async def test_code_changes_and_slots_move_while_events_flow(service: Rig, handle: Any) -> None:
    def marked(mark: str) -> str:
        return f"export const onPublish = (ctx) => ctx.events.map((e) => ({{ id: e.id, payload: [e.payload, '{mark}'] }}))"

    await handle(marked("0"))
    over = asyncio.Event()
    statuses: list[int] = []

    async def keep_publishing(channel: str) -> int:
        count = 0
        async with Publisher(service.url(1), service.api_key) as publisher:
            while not over.is_set():
                statuses.append((await publisher.publish(channel, count)).status_code)
                count += 1
        return count

    channels = [f"/h/flow{n}" for n in range(6)]
    async with Client.connect_to(service) as client:
        heard = [await client.subscribe(channel) for channel in channels]
        publishers = [asyncio.ensure_future(keep_publishing(channel)) for channel in channels]
        for mark in "123":
            await handle(marked(mark))
        service.start_shard()
        await service.until_ready()
        for mark in "456":
            await handle(marked(mark))
        over.set()
        counts = await asyncio.gather(*publishers)
        assert set(statuses) == {200}
        for id_, count in zip(heard, counts, strict=True):
            events = await client.until_events(id_, count)
            assert [event[0] for event in events] == list(range(count))
            assert [event[1] for event in events] == sorted(event[1] for event in events)


async def test_faulty_code_is_not_saved(service: Rig, manage: Management, namespace: str) -> None:
    with pytest.raises(ClientError) as raised:
        await manage.update_channel_namespace(
            apiId=service.api_id, name=namespace, codeHandlers="export function onPublish( {"
        )
    answer = raised.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (
        "BadRequestException",
        400,
    )
    assert answer["reason"] == "CODE_ERROR"
    [finding] = answer["detail"]["codeErrors"]
    assert finding["errorType"] == "PARSER_ERROR"
    assert finding["location"] == {"line": 1, "column": 29, "span": 1}


async def test_code_is_evaluated(manage: Management) -> None:
    runtime = {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}
    context = json.dumps({"events": [{"id": "1", "payload": {"message": "hi"}}]})
    answer = await manage.evaluate_code(runtime=runtime, code=UPPER, context=context, function="onPublish")
    assert json.loads(answer["evaluationResult"]) == [{"id": "1", "payload": {"message": "HI"}}]
    assert (answer["stash"], answer["outErrors"], answer.get("error")) == ("{}", "[]", None)
    code = (
        "export function request(ctx) {\n  console.log('current id', 'record-id');\n  util.error('foo');\n}"
    )
    answer = await manage.evaluate_code(runtime=runtime, code=code, context="{}", function="request")
    assert answer["error"]["message"] == "foo"
    assert answer["logs"] == ['INFO - code.js:2:3: "current id" "record-id"']
    answer = await manage.evaluate_code(runtime=runtime, code="export", context="{}", function="request")
    assert answer["error"]["codeErrors"][0]["errorType"] == "PARSER_ERROR"
    with pytest.raises(ClientError, match="no function nothing"):
        await manage.evaluate_code(runtime=runtime, code=code, context="{}", function="nothing")
