"""Takes publishes and subscriptions through their handlers: the state machine of the core, the pool, data
sources.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eventray_actors.handlers.evaluate import log_text, place_text
from eventray_actors.handlers.messages import RefusedCode
from eventray_actors.handlers.pool import HandlerPool, Handlers
from eventray_core.errors import HandlerExecutionError, ServiceUnavailableError
from eventray_core.event import Event
from eventray_core.handling.answers import Fault, HandlerAnswer, LogLine
from eventray_core.handling.context import Occasion
from eventray_core.handling.invocation import (
    Fetch,
    HandledSubscribe,
    Invocation,
    Next,
    PublishInvocation,
    Step,
    SubscribeInvocation,
)
from eventray_core.handling.judging import HandledPublish
from eventray_core.log_level import LogLevel
from eventray_core.ports import DataSources

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What people may want to know of one run: lines of the handler's own, and why it was refused."""

    handlers: Handlers
    occasion: Occasion
    logs: tuple[LogLine, ...]
    fault: Fault | None
    reason: str


_HEARD: dict[LogLevel, tuple[str, ...]] = {
    LogLevel.NONE: (),
    LogLevel.ERROR: ("ERROR",),
    LogLevel.INFO: ("ERROR", "WARN", "INFO"),
    LogLevel.DEBUG: ("ERROR", "WARN", "INFO", "DEBUG"),
    LogLevel.ALL: ("ERROR", "WARN", "INFO", "DEBUG"),
}
"""Which lines of a handler's own are written at an API's level."""


def log_report(report: Report, level: LogLevel) -> None:
    """Write a report to this process's log, as far as the API's level lets through what handlers say.

    That a handler failed is always told; its text, which may be of payloads, only from ERROR on.
    """
    where = f"{report.handlers.api_id}/{report.handlers.namespace} {report.occasion.operation}"
    for line in report.logs:
        if line.level in _HEARD[level]:
            _log.log(_severity(line), "handler %s %s", where, log_text(line))
    if report.reason:
        place = place_text(report.fault.position) if report.fault is not None else ""
        reason = report.reason if level is not LogLevel.NONE else "the API's log level keeps the reason"
        _log.warning("handler %s refused: %s%s", where, place, reason)


def _severity(line: LogLine) -> int:
    return logging.ERROR if line.level == "ERROR" else logging.INFO


def log_everything(report: Report) -> None:
    """As `log_report`, whatever the API's level."""
    log_report(report, LogLevel.ALL)


class HandlerRunner:
    """Runs handlers for one shard. The order of requests to one channel is the caller's care."""

    def __init__(
        self,
        pool: HandlerPool,
        data_sources: DataSources | None = None,
        report: Callable[[Report], None] = log_everything,
    ) -> None:
        self._pool = pool
        self._data_sources = data_sources
        self._report = report

    async def publish(
        self,
        handlers: Handlers,
        occasion: Occasion,
        events: Sequence[Event],
        event_bytes: int,
        data_source: str | None = None,
    ) -> HandledPublish:
        """What becomes of a publish; never raises for what a handler does."""
        try:
            form = await self._form(handlers, "onPublish")
            invocation = PublishInvocation(occasion, form, data_source, events, event_bytes)
            handled = await self._through(handlers, occasion, invocation)
        except ServiceUnavailableError as error:
            return HandledPublish(error=error, reason=str(error))
        except _CodeRefusedError as error:
            handled = HandledPublish(error=HandlerExecutionError(), reason=str(error))
            self._report(Report(handlers, occasion, (), None, handled.reason))
        assert isinstance(handled, HandledPublish)
        return handled

    async def subscribe(
        self, handlers: Handlers, occasion: Occasion, data_source: str | None = None
    ) -> HandledSubscribe:
        """Whether a subscription is let through; never raises for what a handler does."""
        try:
            form = await self._form(handlers, "onSubscribe")
            handled = await self._through(
                handlers, occasion, SubscribeInvocation(occasion, form, data_source)
            )
        except ServiceUnavailableError as error:
            return HandledSubscribe(error, str(error))
        except _CodeRefusedError as error:
            handled = HandledSubscribe(HandlerExecutionError(), str(error))
            self._report(Report(handlers, occasion, (), None, handled.reason))
        assert isinstance(handled, HandledSubscribe)
        return handled

    async def _form(self, handlers: Handlers, export: str) -> str | None:
        prepared = await self._pool.prepare(handlers.code)
        if isinstance(prepared, RefusedCode):
            raise _CodeRefusedError(prepared.errors[0].value)
        return prepared.forms.get(export)

    async def _through(
        self, handlers: Handlers, occasion: Occasion, invocation: Invocation
    ) -> HandledPublish | HandledSubscribe:
        logs: list[LogLine] = []
        fault: Fault | None = None
        what: Next = invocation.start()
        while isinstance(what, Step | Fetch):
            if isinstance(what, Fetch):
                what = await self._fetch(handlers, what, invocation)
                continue
            answer = await self._pool.call(handlers, what.path, what.mode, what.input)
            if isinstance(answer, HandlerAnswer):
                logs += answer.logs
                fault = answer.fault
                what = invocation.answered(answer)
            else:
                what = invocation.exceeded(answer)
        if logs or what.reason:
            self._report(Report(handlers, occasion, tuple(logs), fault, what.reason))
        return what

    async def _fetch(self, handlers: Handlers, fetch: Fetch, invocation: Invocation) -> Next:
        if self._data_sources is None:
            return invocation.unfetchable(f"The data source {fetch.data_source} cannot be reached from here.")
        fetched = await self._data_sources.fetch(handlers.api_id, fetch.data_source, fetch.request)
        return invocation.fetched(fetched)


class _CodeRefusedError(Exception):
    """Code reached a shard that nobody should have saved."""
