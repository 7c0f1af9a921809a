"""Publishes and subscriptions through real handlers: AppSync's samples that need no data source."""

# ruff: noqa: E501 - each sample of code is one line

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.handler_pools import pool_of

from eventray_actors.handlers.pool import HandlerPool, Handlers
from eventray_actors.handlers.runner import HandlerRunner, Report, log_report
from eventray_core.channel import Channel, ChannelPattern
from eventray_core.errors import HandlerExecutionError, HandlerRejectedError, HandlerUnauthorizedError
from eventray_core.event import Event
from eventray_core.handling.answers import LogLine
from eventray_core.handling.context import Caller, Occasion, json_text
from eventray_core.handling.invocation import Fetched, HandledSubscribe
from eventray_core.handling.judging import HandledPublish
from eventray_core.json_text import string_literal
from eventray_core.log_level import LogLevel

LIMIT = 240 * 1024
BUNDLES = Path(__file__).parent / "bundles"
BUNDLE = (BUNDLES / "minified.js").read_text("utf-8")


class Recorded:
    """A runner, and what it reported."""

    def __init__(self, pool: HandlerPool) -> None:
        self.pool = pool
        self.reports: list[Report] = []
        self.runner = HandlerRunner(pool, report=self.reports.append)

    async def publish(
        self, code: str, payloads: list[Any], path: str = "/default/a", caller: Caller | None = None
    ) -> HandledPublish:
        occasion = Occasion("PUBLISH", Channel.parse(path), caller or Caller("API_KEY"))
        events = [Event(str(i), i, string_literal(json.dumps(payload))) for i, payload in enumerate(payloads)]
        return await self.runner.publish(Handlers("api", "default", code), occasion, events, LIMIT)

    async def subscribe(
        self, code: str, path: str, identity: Any = None, headers: Any = None
    ) -> HandledSubscribe:
        caller = Caller("AMAZON_COGNITO_USER_POOLS", json_text(identity), json_text(headers or {}))
        occasion = Occasion("SUBSCRIBE", ChannelPattern.parse(path), caller)
        return await self.runner.subscribe(Handlers("api", "default", code), occasion)


@pytest.fixture
async def recorded() -> AsyncIterator[Recorded]:
    async with pool_of() as pool:
        yield Recorded(pool)


def _sent(handled: HandledPublish) -> list[Any]:
    assert handled.error is None, handled.reason
    return [json.loads(json.loads(event.literal)) for event in handled.events]


UPPER = "import { util } from '@aws-appsync/utils';\nexport function onPublish(ctx) { return ctx.events.map((event) => ({ id: event.id, payload: { ...event.payload, message: event.payload.message.toUpperCase() } })) }"
STAMP = "export const onPublish = (ctx) => ctx.events.map((event) => ({ ...event, payload: { ...event.payload, timestamp: util.time.nowISO8601() } }))"
ODDS = "export function onPublish(ctx) { return ctx.events.filter((event) => event.payload.odds > 0.9) }"
GREETING = "export function onPublish(ctx) { return ctx.events.map((event) => { if (event.payload.message !== 'hello') { event.error = 'You can only say hello' } return event }) }"
SPREAD = "export function onPublish(ctx) { return ctx.events.map((event) => ({ ...event, error: event.payload.message === 'hello' ? null : 'no' })) }"
SWITCH = "export function onPublish(ctx) { switch (ctx.info.channel.segments[1]) { case 'loud': return loud(ctx); default: return ctx.events } }\nfunction loud(ctx) { return ctx.events.map((e) => ({ ...e, payload: e.payload + '!' })) }"
FOR_OF = "export function onPublish(ctx) { const kept = []; for (const event of ctx.events) { if (event.payload === 'stop') { break } kept.push(event) } return kept }"
HEADER = "export function onPublish(ctx) { return ctx.events.map((e) => ({ id: e.id, payload: [ctx.request.headers.animal, ctx.request.headers.animals[1]] })) }"


async def test_all_events_are_forwarded(recorded: Recorded) -> None:
    payloads = ["text", 1, [1], True, None, {"a": 1}]
    assert _sent(await recorded.publish("export const onPublish = (ctx) => ctx.events", payloads)) == payloads
    assert _sent(await recorded.publish("export const onSubscribe = () => {}", payloads)) == payloads


async def test_all_events_are_dropped(recorded: Recorded) -> None:
    handled = await recorded.publish("export const onPublish = () => []", [1, 2])
    assert (_sent(handled), handled.dropped) == ([], 2)


async def test_a_field_is_changed_and_one_added(recorded: Recorded) -> None:
    assert _sent(await recorded.publish(UPPER, [{"message": "hi", "n": 1}])) == [{"message": "HI", "n": 1}]
    stamped = _sent(await recorded.publish(STAMP, [{"a": 1}]))
    assert stamped[0]["timestamp"].endswith("Z")


async def test_events_are_filtered(recorded: Recorded) -> None:
    assert _sent(await recorded.publish(ODDS, [{"odds": 0.91}, {"odds": 0.9}])) == [{"odds": 0.91}]


@pytest.mark.parametrize("code", [GREETING, SPREAD])
async def test_an_event_fails_alone(recorded: Recorded, code: str) -> None:
    handled = await recorded.publish(code, [{"message": "hello"}, {"message": "bye"}])
    assert _sent(handled) == [{"message": "hello"}]
    assert [(failed.id, failed.index, failed.code) for failed in handled.failed] == [("1", 1, "HandlerError")]


async def test_a_bundled_mapper_gives_null_for_good_events(recorded: Recorded) -> None:
    handled = await recorded.publish(BUNDLE, [{"room": "a", "celsius": 20}, {"room": "b", "celsius": 101}])
    assert [sent["room"] for sent in _sent(handled)] == ["a"]
    assert [failed.message for failed in handled.failed] == ["b is too hot"]
    assert [(line.level, line.position, line.text) for line in recorded.reports[0].logs] == [
        ("ERROR", (7, 5), '"too hot" "b"')
    ]


@pytest.mark.parametrize(("name", "line"), [("plain", 12), ("minified", 11)])  # esbuild joined the two lines
async def test_a_faults_place_in_a_bundle_is_the_users(recorded: Recorded, name: str, line: int) -> None:
    code = (BUNDLES / f"{name}.js").read_text("utf-8")
    handled = await recorded.publish(code, [{"room": "void", "celsius": 20}])
    assert isinstance(handled.error, HandlerExecutionError)
    fault = recorded.reports[0].fault
    assert fault is not None
    assert fault.position is not None
    assert fault.position[0] == line


async def test_all_events_are_rejected(recorded: Recorded) -> None:
    handled = await recorded.publish("export const onPublish = () => util.error('no', 'NoType')", [1])
    assert isinstance(handled.error, HandlerRejectedError)
    assert (handled.error.message, handled.error.error_type, handled.events) == ("no", "NoType", ())
    only_server = "export function onPublish(ctx) { if (ctx.identity === null) { util.unauthorized() } return ctx.events }"
    assert isinstance((await recorded.publish(only_server, [1])).error, HandlerUnauthorizedError)
    server = Caller("AWS_IAM", json_text({"username": "server"}))
    assert _sent(await recorded.publish(only_server, [1], caller=server)) == [1]


async def test_channels_and_headers_are_seen(recorded: Recorded) -> None:
    assert _sent(await recorded.publish(SWITCH, ["a"], "/default/loud")) == ["a!"]
    assert _sent(await recorded.publish(SWITCH, ["a"], "/default/low")) == ["a"]
    assert _sent(await recorded.publish(FOR_OF, ["a", "stop", "b"])) == ["a"]
    caller = Caller("API_KEY", headers=json_text({"animal": "duck", "animals": ["bear", "cat"]}))
    assert _sent(await recorded.publish(HEADER, [0], caller=caller)) == [["duck", "cat"]]


INBOX = "export function onSubscribe(ctx) { if (ctx.info.channel.path !== `/messages/inbox/${ctx.identity.username}`) { util.unauthorized() } }"
SEGMENT = "export const onSubscribe = (ctx) => { if (ctx.info.channel.segments[1] !== ctx.identity.sub) { util.unauthorized() } }"
PREFIX = "export const onSubscribe = (ctx) => { if (!ctx.info.channel.path.startsWith('/bus/public')) { util.error('private', 'Private') } }"
GROUP = "export const onSubscribe = (ctx) => { const claims = ctx.identity?.claims?.['cognito:groups'] ?? []; if (!ctx.identity.groups?.includes('admin') && !claims.includes('admin')) { util.unauthorized() } }"
ROLE = "export const onSubscribe = (ctx) => { if (ctx.identity.handlerContext.role !== 'reader') { util.unauthorized() } }"


@pytest.mark.parametrize(
    ("code", "path", "identity", "allowed"),
    [
        (INBOX, "/messages/inbox/ann", {"username": "ann"}, True),
        (INBOX, "/messages/inbox/bob", {"username": "ann"}, False),
        (INBOX, "/messages/inbox/*", {"username": "ann"}, False),
        (SEGMENT, "/bus/s1", {"sub": "s1"}, True),
        (SEGMENT, "/bus/s2", {"sub": "s1"}, False),
        (PREFIX, "/bus/public/a", {}, True),
        (PREFIX, "/bus/private/a", {}, False),
        (GROUP, "/a", {"groups": ["admin"], "claims": {}}, True),
        (GROUP, "/a", {"groups": None, "claims": {"cognito:groups": ["admin"]}}, True),
        (GROUP, "/a", {"groups": ["user"], "claims": {}}, False),
        (ROLE, "/a", {"handlerContext": {"role": "reader"}}, True),
        (ROLE, "/a", {"handlerContext": {"role": "other"}}, False),
        (UPPER, "/a", {}, True),
    ],
)
async def test_a_subscription_is_let_through_or_not(
    recorded: Recorded, code: str, path: str, identity: Any, allowed: bool
) -> None:
    handled = await recorded.subscribe(code, path, identity)
    assert (handled.error is None) == allowed


async def test_a_fault_refuses_a_subscription(recorded: Recorded) -> None:
    handled = await recorded.subscribe(INBOX, "/messages/inbox/ann", None)
    assert isinstance(handled.error, HandlerExecutionError)
    assert "username" in recorded.reports[0].reason


async def test_logs_of_a_subscription_are_reported(recorded: Recorded) -> None:
    await recorded.subscribe("export const onSubscribe = (ctx) => { console.log('hi') }", "/a")
    assert [line.text for line in recorded.reports[0].logs] == ['"hi"']


async def test_code_that_nobody_should_have_saved_fails_requests(recorded: Recorded) -> None:
    handled = await recorded.publish("export", [1])
    assert isinstance(handled.error, HandlerExecutionError)
    assert isinstance((await recorded.subscribe("export", "/a")).error, HandlerExecutionError)


class Table:
    """A data source that says what it was asked."""

    async def fetch(self, api_id: str, name: str, request: str) -> Fetched:
        return Fetched(json.dumps({"asked": [api_id, name, json.loads(request)]}).encode())


WITH_SOURCE = "export const onPublish = { request(ctx) { ctx.stash.a = 1; if (ctx.events[0].payload === 'early') runtime.earlyReturn(ctx.events); return { operation: 'Scan' } }, response(ctx) { return ctx.events.map((e) => ({ id: e.id, payload: [ctx.result.asked, ctx.stash] })) } }"


async def test_a_data_source_stands_between_the_halves(recorded: Recorded) -> None:
    runner = HandlerRunner(recorded.pool, Table())
    occasion = Occasion("PUBLISH", Channel.parse("/default/a"), Caller("API_KEY"))
    handlers, events = Handlers("api", "default", WITH_SOURCE), [Event("1", 0, b'"0"')]
    handled = await runner.publish(handlers, occasion, events, LIMIT, "table")
    assert _sent(handled) == [[["api", "table", {"operation": "Scan"}], {"a": 1}]]
    early = [Event("1", 0, b'"\\"early\\""')]
    assert _sent(await runner.publish(handlers, occasion, early, LIMIT, "table")) == ["early"]


async def test_without_data_sources_a_handler_that_needs_one_fails(recorded: Recorded) -> None:
    occasion = Occasion("PUBLISH", Channel.parse("/default/a"), Caller("API_KEY"))
    handlers, events = Handlers("api", "default", WITH_SOURCE), [Event("1", 0, b'"0"')]
    handled = await recorded.runner.publish(handlers, occasion, events, LIMIT, "table")
    assert isinstance(handled.error, HandlerExecutionError)
    assert "table" in handled.reason


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        (LogLevel.NONE, ["refused: the API's log level keeps the reason"]),
        (LogLevel.ERROR, ['ERROR - code.js:1:2: "e"', "refused: secret"]),
        (LogLevel.INFO, ['INFO - "i"', 'ERROR - code.js:1:2: "e"', "refused: secret"]),
        (LogLevel.ALL, ['INFO - "i"', 'DEBUG - "d"', 'ERROR - code.js:1:2: "e"', "refused: secret"]),
    ],
)
def test_an_apis_level_says_what_is_logged(
    level: LogLevel, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    logs = (LogLine("INFO", None, '"i"'), LogLine("DEBUG", None, '"d"'), LogLine("ERROR", (1, 2), '"e"'))
    occasion = Occasion("PUBLISH", Channel.parse("/default/a"), Caller("API_KEY"))
    with caplog.at_level(logging.INFO):
        log_report(Report(Handlers("api", "default", "code"), occasion, logs, None, "secret"), level)
    assert caplog.messages == [f"handler api/default PUBLISH {line}" for line in lines]
