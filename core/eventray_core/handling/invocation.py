"""One publish or subscribe on its way through a handler, as a state machine.

`start` and each later input return what is to be done next: a `Step` to run in the engine (its answer goes
to `answered`, or `exceeded` if there is none), a `Fetch` from a data source (its result goes to `fetched`),
or the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from eventray_core.errors import EventRayError, HandlerExecutionError
from eventray_core.event import Event
from eventray_core.handling.answers import NOTHING, Excess, HandlerAnswer
from eventray_core.handling.context import Occasion, base_context, engine_input, event_pairs
from eventray_core.handling.judging import (
    HandledPublish,
    faulty,
    forwarded,
    judge_publish,
    refusal,
)

FUNCTION = "function"
"""The form of an export that is a function; otherwise it names the parts of an object."""

EXCESSES = {
    Excess.TIME: "The handler took too long.",
    Excess.MEMORY: "The handler used up its memory.",
    Excess.STACK: "The handler nested calls or values too deeply.",
    Excess.NONE: "The handler ended without an answer.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A call of the export or part at `path`; `call.js` says what the mode does."""

    path: str
    mode: str
    input: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A request to the operation's data source: the JSON text that the handler's `request` returned."""

    data_source: str
    request: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A data source's result as JSON text, and its error if it had one; both may be there."""

    result: bytes = b"null"
    error_message: str | None = None
    error_type: str | None = None


@dataclass(frozen=True, slots=True)
class HandledSubscribe:
    """Whether a subscription is let through: it is, unless there is an error."""

    error: EventRayError | None = None
    reason: str = ""


Handled = HandledPublish | HandledSubscribe
Next = Step | Fetch | HandledPublish | HandledSubscribe


class Invocation:
    """A handler's work for one request. `form` is that of its export, None if it has none."""

    def __init__(self, occasion: Occasion, form: str | None, data_source: str | None) -> None:
        self._occasion = occasion
        self._form = form
        self._data_source = data_source
        self._in_request = False
        self._stash = msgspec.Raw(b"{}")

    @property
    def _export(self) -> str:
        return "onPublish" if self._occasion.operation == "PUBLISH" else "onSubscribe"

    def start(self) -> Next:
        """The first thing to do."""
        if self._form is None:
            return self._forwarded()
        if self._form == FUNCTION:
            if self._data_source is not None:
                return self._faulty(f"{self._export} is a function, but a data source is set for it.")
            return self._step(self._export, self._final_mode)
        if self._data_source is None:
            return self._faulty(f"{self._export} is an object, which needs a data source; none is set.")
        if "request" not in self._form.split(","):
            return self._faulty(f"{self._export} is an object without a request function.")
        self._in_request = True
        return self._step(f"{self._export}.request", self._request_mode)

    def answered(self, answer: HandlerAnswer) -> Next:
        """The engine's answer to the last step."""
        if not self._in_request or answer.early:
            return self._judged(answer)
        self._in_request = False
        if (refused := refusal(answer)) is not None:
            return self._refused(*refused)
        self._stash = answer.stash
        self._take_events(answer)
        if answer.value is None:
            return self._faulty(f"{self._export}.request returned nothing.")
        assert self._data_source is not None
        return Fetch(self._data_source, answer.value)

    def fetched(self, fetched: Fetched) -> Next:
        """The data source's result. That it failed is the handler's to judge."""
        if self._form is None or "response" not in self._form.split(","):
            return self._forwarded()
        error = None
        if fetched.error_message is not None:
            error = {"message": fetched.error_message, "type": fetched.error_type}
        more = {"result": orjson.Fragment(fetched.result), "error": error}
        return self._step(f"{self._export}.response", self._final_mode, more)

    def exceeded(self, excess: Excess) -> Handled:
        """The last step was ended by a limit."""
        return self._faulty(EXCESSES[excess])

    def unfetchable(self, reason: str) -> Handled:
        """Nobody is there to ask the data source, so it is not the handler's to judge."""
        return self._faulty(reason)

    def _step(self, path: str, mode: str, more: dict[str, Any] | None = None) -> Step:
        context = base_context(self._occasion) | {"stash": orjson.Fragment(bytes(self._stash))}
        text = engine_input(self._occasion.caller.auth_mode, context | (more or {}), self._events())
        return Step(path, mode, text)

    # What publishing and subscribing do differently

    _final_mode = "none"
    _request_mode = "subscribe-request"

    def _events(self) -> bytes | None:
        return None

    def _take_events(self, answer: HandlerAnswer) -> None:
        """What the request half did to the events."""

    def _forwarded(self) -> Handled:
        return HandledSubscribe()

    def _faulty(self, reason: str) -> Handled:
        return HandledSubscribe(HandlerExecutionError(), reason)

    def _refused(self, error: EventRayError, reason: str) -> Handled:
        return HandledSubscribe(error, reason)

    def _judged(self, answer: HandlerAnswer) -> Handled:
        """What is returned does not matter here."""
        refused = refusal(answer)
        return HandledSubscribe() if refused is None else HandledSubscribe(*refused)


class SubscribeInvocation(Invocation):
    """onSubscribe for one subscription."""


class PublishInvocation(Invocation):
    """onPublish for one request's events, of which none may end up larger than `event_bytes`."""

    _final_mode = "events"
    _request_mode = "publish-request"

    def __init__(
        self,
        occasion: Occasion,
        form: str | None,
        data_source: str | None,
        events: Sequence[Event],
        event_bytes: int,
    ) -> None:
        super().__init__(occasion, form, data_source)
        self._published = tuple(events)
        self._event_bytes = event_bytes
        self._pairs = b"" if form is None else event_pairs(events)

    def _events(self) -> bytes:
        return self._pairs

    def _take_events(self, answer: HandlerAnswer) -> None:
        if answer.events != NOTHING:
            self._pairs = bytes(answer.events)

    def _forwarded(self) -> HandledPublish:
        return forwarded(self._published)

    def _faulty(self, reason: str) -> HandledPublish:
        return faulty(reason)

    def _refused(self, error: EventRayError, reason: str) -> HandledPublish:
        return HandledPublish(error=error, reason=reason)

    def _judged(self, answer: HandlerAnswer) -> HandledPublish:
        return judge_publish(self._published, answer, self._event_bytes)
