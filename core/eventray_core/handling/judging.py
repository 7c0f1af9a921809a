"""What an answer means to the caller (handlers specification, sections 2.1 and 2.2).

What AWS does not document is decided here: unknown and repeated ids, items without payload and error, and
results that are no list fail the whole request, since there is no index to report them under.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from eventray_core.errors import (
    EventRayError,
    HandlerExecutionError,
    HandlerRejectedError,
    HandlerUnauthorizedError,
)
from eventray_core.event import Event, FailedEvent
from eventray_core.handling.answers import EndKind, HandlerAnswer, Outgoing, RaisedError

HANDLER_ERROR = "HandlerError"


@dataclass(frozen=True, slots=True)
class HandledPublish:
    """What becomes of a publish: `events` are broadcast in this order; neither they nor `failed` are those
    dropped.

    An `error` refuses the whole request; `reason` says for the log why a handler's answer was not accepted.
    """

    events: tuple[Event, ...] = ()
    failed: tuple[FailedEvent, ...] = ()
    dropped: int = 0
    error: EventRayError | None = None
    reason: str = ""


def forwarded(events: Sequence[Event]) -> HandledPublish:
    """What becomes of a publish without a handler."""
    return HandledPublish(tuple(events))


def faulty(reason: str) -> HandledPublish:
    """The whole request fails, and the caller is not told why."""
    return HandledPublish(error=HandlerExecutionError(), reason=reason)


def refusal(answer: HandlerAnswer) -> tuple[EventRayError, str] | None:
    """The error with which a handler refuses a whole request, and the reason for the log; None if it does
    not.

    `util.appendError` alone does not end a handler; it refuses when the handler then returned nothing.
    """
    if answer.fault is not None:
        return HandlerExecutionError(), f"{answer.fault.type}: {answer.fault.message}".removeprefix(": ")
    if answer.ended is not None:
        if answer.ended.kind is EndKind.UNAUTHORIZED or answer.ended.error is None:
            return HandlerUnauthorizedError(), "Unauthorized"
        return _rejected(answer.ended.error), answer.ended.error.message
    if answer.appended and answer.nothing:
        return _rejected(answer.appended[0]), answer.appended[0].message
    return None


def _rejected(raised: RaisedError) -> HandlerRejectedError:
    return HandlerRejectedError(raised.message, raised.type)


def judge_publish(events: Sequence[Event], answer: HandlerAnswer, event_bytes: int) -> HandledPublish:
    """What becomes of `events` by a handler's answer; none may be larger than `event_bytes` afterwards."""
    if (refused := refusal(answer)) is not None:
        return HandledPublish(error=refused[0], reason=refused[1])
    return judge_events(events, answer.result or Outgoing(), event_bytes)


def judge_events(events: Sequence[Event], outgoing: Outgoing, event_bytes: int) -> HandledPublish:
    """What becomes of `events` by a list of outgoing ones."""
    if outgoing.wrong is not None:
        return faulty(outgoing.wrong)
    incoming = {event.id: event for event in events}
    accepted: list[Event] = []
    failed: list[FailedEvent] = []
    for id_, payload, error in outgoing.items:
        before = incoming.pop(id_, None)
        if before is None:
            return faulty(f"The handler's result has an id that is unknown, or twice: {id_[:64]}")
        judged = _judge_item(before, payload, error, event_bytes)
        if judged is None:
            return faulty(f"The handler's result has neither payload nor error for the event {id_}.")
        if isinstance(judged, Event):
            accepted.append(judged)
        else:
            failed.append(judged)
    failed.sort(key=lambda one: one.index)
    return HandledPublish(tuple(accepted), tuple(failed), dropped=len(incoming))


def _judge_item(
    before: Event, payload: msgspec.Raw, error: str | None, event_bytes: int
) -> Event | FailedEvent | None:
    if error is not None:
        return FailedEvent(before.id, before.index, HANDLER_ERROR, error)
    literal = bytes(payload)
    if literal == b"null":
        return None
    if _too_large(literal, event_bytes):
        message = f"Transformed event is larger than {event_bytes // 1024}KB"
        return FailedEvent(before.id, before.index, "EventTooLargeException", message)
    return Event(before.id, before.index, literal)


def _too_large(literal: bytes, event_bytes: int) -> bool:
    """A literal is never shorter than its text, so only long ones need counting."""
    if len(literal) <= event_bytes:
        return False
    return len(msgspec.json.decode(literal, type=str).encode(errors="surrogatepass")) > event_bytes
