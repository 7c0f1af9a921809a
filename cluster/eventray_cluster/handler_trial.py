"""One try of a handlers' file on this machine, without a server: what `eventray handlers test` shows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eventray_actors.handlers.evaluate import fault_text, log_text
from eventray_actors.handlers.lane import LaneSettings
from eventray_actors.handlers.messages import RefusedCode
from eventray_actors.handlers.pool import HandlerPool, Handlers
from eventray_actors.handlers.runner import HandlerRunner, Report
from eventray_core.channel import Channel, ChannelPattern
from eventray_core.control.code import CodeError
from eventray_core.errors import EventRayError
from eventray_core.event import Event
from eventray_core.handling.context import Caller, Occasion, json_text
from eventray_core.handling.invocation import Fetched, HandledSubscribe
from eventray_core.handling.judging import HandledPublish
from eventray_core.json_text import string_literal
from eventray_core.limits import Limits

DATA_SOURCE = "given by --result"


@dataclass(frozen=True, slots=True)
class Trial:
    """What to try; `events` are JSON texts. With a `result`, a JSON text, the handler has a data source."""

    operation: str
    channel: str
    events: Sequence[str] = ()
    identity: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    result: str | None = None
    strict: bool = False


@dataclass(slots=True)
class Shown:
    """What came of it: lines for people, and whether the file is good and the request went through."""

    lines: list[str] = field(default_factory=list)
    is_good: bool = True

    def refuse(self, line: str) -> None:
        """Something is not as it should be."""
        self.lines.append(line)
        self.is_good = False


class _GivenResult:
    """Stands for any data source: shows what it is asked, and gives what the command was given."""

    def __init__(self, result: str, shown: Shown) -> None:
        self._result = result
        self._shown = shown

    async def fetch(self, api_id: str, name: str, request: str) -> Fetched:
        self._shown.lines.append(f"request  {request}")
        return Fetched(self._result.encode())


class Trials:
    """Tries one file after another in the same worker process."""

    def __init__(self) -> None:
        self._pool = HandlerPool(LaneSettings(spare=False))

    async def run(self, code: str, trial: Trial) -> Shown:
        """Try code once."""
        shown = Shown()
        prepared = await self._pool.prepare(code, trial.strict)
        for warning in prepared.warnings:
            shown.lines.append(f"warning  {_finding(warning)}")
        if isinstance(prepared, RefusedCode):
            for error in prepared.errors:
                shown.refuse(f"error    {_finding(error)}")
            return shown
        await self._handle(code, trial, shown)
        return shown

    async def _handle(self, code: str, trial: Trial, shown: Shown) -> None:
        def report(report: Report) -> None:
            shown.lines.extend(f"log      {log_text(line)}" for line in report.logs)
            if report.fault is not None:
                shown.lines.append(f"fault    {fault_text(report.fault)}")
            elif report.reason:
                shown.lines.append(f"reason   {report.reason}")

        source = None if trial.result is None else _GivenResult(trial.result, shown)
        runner = HandlerRunner(self._pool, source, report)
        name = None if source is None else DATA_SOURCE
        caller = Caller("", json_text(trial.identity), json_text(trial.headers))
        if trial.operation == "SUBSCRIBE":
            pattern = ChannelPattern.parse(trial.channel)
            occasion = Occasion(trial.operation, pattern, caller)
            _show_subscribe(await runner.subscribe(_handlers(pattern, code), occasion, name), shown)
            return
        channel = Channel.parse(trial.channel)
        occasion = Occasion(trial.operation, channel, caller)
        events = [Event(f"event-{i}", i, string_literal(text)) for i, text in enumerate(trial.events)]
        limit = Limits().event_bytes
        _show_publish(
            await runner.publish(_handlers(channel, code), occasion, events, limit, name), events, shown
        )

    async def stop(self) -> None:
        """End the worker process."""
        await self._pool.stop()


def _handlers(channel: Channel | ChannelPattern, code: str) -> Handlers:
    return Handlers("trial", channel.namespace, code)


def _finding(error: CodeError) -> str:
    return f"{error.line}:{error.column}  {error.value}"


def _show_subscribe(handled: HandledSubscribe, shown: Shown) -> None:
    if handled.error is None:
        shown.lines.append("subscribed")
    else:
        _show_refusal(handled.error, shown)


def _show_publish(handled: HandledPublish, events: Sequence[Event], shown: Shown) -> None:
    if handled.error is not None:
        _show_refusal(handled.error, shown)
        return
    kept = {event.id for event in handled.events} | {failed.id for failed in handled.failed}
    for event in handled.events:
        shown.lines.append(f"sent     [{event.index}] {json.loads(event.literal)}")
    for failed in handled.failed:
        shown.lines.append(f"failed   [{failed.index}] {failed.code}: {failed.message}")
    for event in events:
        if event.id not in kept:
            shown.lines.append(f"dropped  [{event.index}]")


def _show_refusal(error: EventRayError, shown: Shown) -> None:
    message = "" if error.message is None else f": {error.message}"
    shown.refuse(f"refused  {error.error_type}{message}")
