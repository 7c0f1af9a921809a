"""Events as they come in: 1 to 5 strings that each hold one JSON text (specification, sections 5 and 8)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eventray_core.errors import InvalidEventsError
from eventray_core.json_text import JsonTooDeepError, is_json, string_literal
from eventray_core.limits import MAX_JSON_DEPTH, Limits


class TooManyEventsError(InvalidEventsError):
    """More events than one publish may carry; the two transports word it differently."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    @property
    def message(self) -> str:
        """AWS's wording over HTTP; over WebSocket it begins in lower case."""
        return f"Input exceeded {self.limit} event limit"


@dataclass(frozen=True, slots=True)
class Event:
    """One accepted event; `literal` is its JSON text as a JSON string, which no later hop looks into."""

    id: str
    index: int
    literal: bytes


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """One event that failed alone; `index` is its place in the request."""

    id: str
    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AcceptedEvents:
    """What becomes of a request's events."""

    events: tuple[Event, ...]
    failed: tuple[FailedEvent, ...] = ()

    def without(self, failures: Sequence[tuple[str, str, str]]) -> "AcceptedEvents":
        """The same after a handler failed some of the events, given as (id, code, message)."""
        if not failures:
            return self
        indices = {event.id: event.index for event in self.events}
        failed = [FailedEvent(id_, indices[id_], code, message) for id_, code, message in failures]
        gone = {one.id for one in failed}
        return AcceptedEvents(
            tuple(event for event in self.events if event.id not in gone),
            tuple(sorted([*self.failed, *failed], key=lambda one: one.index)),
        )


def accept_events(texts: object, limits: Limits, new_id: Callable[[], str]) -> AcceptedEvents:
    """Check a request's `events`; raises `InvalidEventsError` when the whole request is refused.

    A text that is not JSON refuses the whole request (unverified on AWS); one that is too large fails alone.
    """
    if not isinstance(texts, list) or not texts:
        raise InvalidEventsError("The events must be a list of at least one string.")
    if len(texts) > limits.events_per_publish:
        raise TooManyEventsError(limits.events_per_publish)
    events: list[Event] = []
    failed: list[FailedEvent] = []
    for index, text in enumerate(texts):
        literal = _literal(text, index)
        # A literal is never shorter than its text, so only long ones need counting.
        if (
            len(literal) > limits.event_bytes
            and len(text.encode(errors="surrogatepass")) > limits.event_bytes
        ):
            message = f"Transformed event is larger than {limits.event_bytes // 1024}KB"
            failed.append(FailedEvent(new_id(), index, "EventTooLargeException", message))
        else:
            events.append(Event(new_id(), index, literal))
    return AcceptedEvents(tuple(events), tuple(failed))


def _literal(text: object, index: int) -> bytes:
    if not isinstance(text, str):
        raise InvalidEventsError(f"The event at index {index} is not a string.")
    try:
        if is_json(text):
            return string_literal(text)
    except JsonTooDeepError:
        raise InvalidEventsError(
            f"The event at index {index} is nested deeper than {MAX_JSON_DEPTH} levels."
        ) from None
    raise InvalidEventsError(f"The event at index {index} is not valid JSON.")
