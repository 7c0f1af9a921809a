"""What a shard does about handlers: has their code and runs it, also for the directory."""

import asyncio
from collections.abc import Callable

from eventray_actors.handlers.codes import HandlerCodes
from eventray_actors.handlers.evaluate import Evaluation, EvaluationRequestError, evaluate
from eventray_actors.handlers.messages import RefusedCode
from eventray_actors.handlers.pool import HandlerPool, Handlers
from eventray_actors.handlers.runner import HandlerRunner, log_report
from eventray_actors.tasks import Tasks
from eventray_core.channel import Channel, ChannelPattern
from eventray_core.errors import HandlerExecutionError, ServiceUnavailableError
from eventray_core.handler import HandlerBehavior, HandlerConfig
from eventray_core.handling.context import Caller, Occasion
from eventray_core.handling.invocation import HandledSubscribe
from eventray_core.handling.judging import HandledPublish, forwarded
from eventray_core.limits import Limits
from eventray_core.link.envelopes import (
    Ask,
    CheckCode,
    CodeChecked,
    Envelope,
    EvaluateCode,
    Evaluated,
    Publish,
)
from eventray_core.log_level import LogLevel
from eventray_core.namespace import ChannelNamespace
from eventray_core.ports import DataSources
from eventray_core.shard.handling import RunPublish, RunSubscribe, events_of

NO_DIRECT = "Handlers with behavior DIRECT need data sources, which cannot be reached from here."
UNKNOWN_CALLER = Caller("")
"""Of a publish whose gateway did not know yet that there is a handler."""


class ShardHandlers:
    """Runs handlers beside the shard's loop, each in a task of its own; results come back to that loop."""

    def __init__(self, level_of: Callable[[str], LogLevel], data_sources: DataSources | None = None) -> None:
        self.codes = HandlerCodes()
        self.pool = HandlerPool()
        self._runner = HandlerRunner(
            self.pool, data_sources, lambda report: log_report(report, level_of(report.handlers.api_id))
        )
        self._tasks = Tasks()
        self._event_bytes = Limits().event_bytes

    def run_publish(self, effect: RunPublish, done: Callable[[int, HandledPublish], None]) -> None:
        """Take a publish through its handler; `done` gets the ticket and the result."""

        async def run() -> None:
            done(effect.ticket, await self._publish(effect.namespace, effect.publish))

        self._tasks.start(run(), "run onPublish")

    def run_subscribe(self, effect: RunSubscribe, done: Callable[[HandledSubscribe], None]) -> None:
        """Take a subscription through its handler."""

        async def run() -> None:
            done(await self._subscribe(effect.namespace, effect.ask))

        self._tasks.start(run(), "run onSubscribe")

    async def _publish(self, namespace: ChannelNamespace, publish: Publish) -> HandledPublish:
        events = events_of(publish)
        if _is_direct(namespace.on_publish):
            return HandledPublish(error=HandlerExecutionError(), reason=NO_DIRECT)
        if namespace.code_hash is None:
            return forwarded(events)
        try:
            code = await self.codes.code(namespace.code_hash)
        except ServiceUnavailableError as error:
            return HandledPublish(error=error, reason=str(error))
        occasion = Occasion("PUBLISH", Channel(publish.path), publish.caller or UNKNOWN_CALLER)
        handlers = Handlers(publish.api_id, namespace.name, code)
        source = namespace.on_publish.data_source if namespace.on_publish else None
        return await self._runner.publish(handlers, occasion, events, self._event_bytes, source)

    async def _subscribe(self, namespace: ChannelNamespace, ask: Ask) -> HandledSubscribe:
        if _is_direct(namespace.on_subscribe):
            return HandledSubscribe(HandlerExecutionError(), NO_DIRECT)
        if namespace.code_hash is None:
            return HandledSubscribe()
        try:
            code = await self.codes.code(namespace.code_hash)
        except ServiceUnavailableError as error:
            return HandledSubscribe(error, str(error))
        occasion = Occasion("SUBSCRIBE", ChannelPattern(ask.path), ask.caller)
        source = namespace.on_subscribe.data_source if namespace.on_subscribe else None
        return await self._runner.subscribe(Handlers(ask.api_id, namespace.name, code), occasion, source)

    # What the directory asks

    def check(self, asked: CheckCode, reply: Callable[[Envelope], object]) -> None:
        """Judge code before it is saved."""

        async def run() -> None:
            try:
                prepared = await self.pool.prepare(asked.code)
            except ServiceUnavailableError as error:
                reply(CodeChecked(asked.number, unavailable=str(error)))
            else:
                errors = prepared.errors if isinstance(prepared, RefusedCode) else ()
                reply(CodeChecked(asked.number, errors))

        self._tasks.start(run(), "check code")

    def evaluate(self, asked: EvaluateCode, reply: Callable[[Envelope], object]) -> None:
        """Run code once with a context of the caller's."""

        async def run() -> None:
            try:
                found = await evaluate(self.pool, "", asked.code, asked.context, asked.function)
            except EvaluationRequestError as error:
                reply(Evaluated(asked.number, invalid=str(error)))
            except ServiceUnavailableError as error:
                reply(Evaluated(asked.number, unavailable=str(error)))
            else:
                reply(_evaluated(asked.number, found))

        self._tasks.start(run(), "evaluate code")

    async def stop(self) -> None:
        """End everything; what runs ends without a result."""
        await self._tasks.stop()
        await asyncio.shield(self.pool.stop())


def _is_direct(config: HandlerConfig | None) -> bool:
    return config is not None and config.behavior is HandlerBehavior.DIRECT


def _evaluated(number: int, found: Evaluation) -> Evaluated:
    return Evaluated(
        number, found.result, found.error, found.code_errors, found.logs, found.stash, found.out_errors
    )
