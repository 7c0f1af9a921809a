"""One HTTP/1.1 connection: uvicorn's protocol with a bound on everything that a peer can draw out.

Every connection begins here; an accepted upgrade hands its transport to a `WebSocketConnection`.
"""

import asyncio
import logging
from collections.abc import Callable

from eventray_gateway.ids import new_id
from eventray_gateway.wire.adapter import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpToolsProtocol,
    RequestResponseCycle,
    new_parser,
)
from eventray_gateway.wire.answers import FAULT, AnswerCycle, error_answer
from eventray_gateway.wire.deadlines import Deadlines
from eventray_gateway.wire.edge import Rejection
from eventray_gateway.wire.hub import Hub
from eventray_gateway.wire.request_meter import RefusedError, RequestMeter
from eventray_gateway.wire.upgrade import UpgradeRequest, decide
from eventray_gateway.wire.websocket_protocol import WebSocketConnection

_log = logging.getLogger(__name__)

MAX_PIPELINED = 64
"""Requests that wait for the answer to an earlier one."""
MAX_DISCARDED = 16_000_000
"""Bytes that a refused client may still send while it learns of its refusal."""
UNREAD_BYTES = 65_536
"""In an HTTP connection's write buffer: with more, the client is taken for one that does not read."""
MIN_PROGRESS = 16_384
"""Bytes of a body that must come within one body time-out."""

INVALID = Rejection(400, "BadRequestException", "The request is not valid HTTP/1.1.")
NO_TUNNELS = Rejection(400, "BadRequestException", "CONNECT is not supported.")
TOO_MANY = Rejection(400, "BadRequestException", "Too many requests wait for answers on this connection.")
TOO_EARLY = Rejection(400, "BadRequestException", "An upgrade cannot overtake a request.")
TOO_SLOW = Rejection(408, "BadRequestException", "The request took too long to arrive.")


class HttpConnection(HttpToolsProtocol):
    """From the connect to the close, or to an accepted upgrade."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub.config, hub.state, {}, hub.loop)
        self._hub = hub
        self._meter = RequestMeter(hub.limits)
        self._in_head = True
        """The peer owes (the rest of) a request's head; true from the connect on."""
        self._in_body = False
        self._running: RequestResponseCycle | None = None
        """The request that the application answers now; later ones wait in `pipeline`."""
        self._seen = 0
        """Bytes of the body when its progress was last looked at."""
        self._refusal: Rejection | None = None
        """The last answer of this connection, when the earlier ones are out."""
        self._upgraded = False
        self._ended = False
        self._discarded = 0
        self._deadlines: Deadlines | None = None

    # From the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Wait for the first request."""
        super().connection_made(transport)
        # What TLS has encrypted and the kernel has not taken is not in this measure: one answer that nobody
        # reads stays unnoticed until there is a second, or the connection's idle time is over.
        transport.set_write_buffer_limits(UNREAD_BYTES)
        self._hub.connection_opened()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application, if it is at work."""
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)
        self._change_deadlines(None, self.abort)
        self._hub.connection_closed()

    def data_received(self, data: bytes) -> None:
        """Parse; whatever is wrong with it becomes the connection's last answer."""
        if self._ended or self._refusal is not None:
            self._discard(len(data))
            return
        try:
            self._parse(data)
        except RefusedError as refused:
            self._refuse(refused.rejection)
        if not self._upgraded:
            self._watch()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio wants to know
        """A client that has said all may still read: stay until its requests are answered.

        Not over TLS, where the loop ends the other direction too.
        """
        if self._ended or self._in_body or self._running is None or not self.transport.can_write_eof():
            self._ended = True
            self._watch()
            return None
        self.cycle.keep_alive = False
        return True

    def pause_writing(self) -> None:
        """The client does not read its answers."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._watch()

    def abort(self) -> None:
        """End at once."""
        self.transport.abort()

    # Parsing

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
            self._meter.fed(len(data))
        except HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except HttpParserCallbackError as error:
            raise _reason(error) from None
        except HttpParserError:
            raise RefusedError(INVALID) from None

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._meter.begin()
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._meter.add_target(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header; trailers are counted and dropped."""
        self._meter.add_field(len(name) + len(value))
        if self._in_body:
            return
        # The hottest callback: uvicorn's own is repeated here instead of called.
        name = name.lower()
        self.headers.append((name, value))
        if name == b"content-length":
            self._meter.declared = int(value)
        elif name == b"expect":
            self.expect_100_continue = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        """Start the application, or queue the request behind the one before."""
        self._in_head = False
        self._meter.end_head()
        if self.parser.should_upgrade():
            return  # decided when the parser has stopped
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RefusedError(TOO_MANY)
        self._hub.refresh_date()
        try:
            super().on_headers_complete()
        except (HttpParserError, AttributeError, UnicodeDecodeError):
            raise RefusedError(INVALID) from None  # the target has no path, or is not ASCII
        self._begin_cycle()

    def _begin_cycle(self) -> None:
        self.cycle.__class__ = AnswerCycle
        if self._hub.draining:
            self.cycle.keep_alive = False
        if self._running is None:
            self._running = self.cycle
        self._hub.counters.http_requests += 1
        self._in_body = True
        self._seen = 0

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._meter.add_body(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is there."""
        if not self.parser.should_upgrade():
            self._in_body = False
            super().on_message_complete()

    # Upgrades

    def _upgrade(self, rest: bytes) -> None:
        method, version = self.parser.get_method().decode(), self.parser.get_http_version()
        request = UpgradeRequest(method, version, self.url, self.headers, self.client, new_id())
        if method == "CONNECT":
            raise RefusedError(NO_TUNNELS)
        if not request.is_for_websocket():
            # We may ignore it, and do; the parser has skipped the body, so it gets another try.
            self.parser = new_parser(self)
            self._parse(request.head_without_upgrade() + rest)
            return
        if self._running is not None:
            raise RefusedError(TOO_EARLY)
        self._switch(request, rest)

    def _switch(self, request: UpgradeRequest, rest: bytes) -> None:
        decision = decide(self._hub.edge, request)
        if isinstance(decision, Rejection):
            self._refuse(decision, request.request_id)
            return
        self._upgraded = True
        self._change_deadlines(None, self.abort)
        self.connections.discard(self)
        self._hub.counters.upgrades += 1
        self.transport.write(decision.answer)
        self.parser = None  # it and this object hold each other
        WebSocketConnection(self._hub, self.transport, decision.handler).start(rest)

    # Answers

    def on_response_complete(self) -> None:
        """An answer is out: on to the next request, or to the end."""
        self.server_state.total_requests += 1
        self._running = None
        if self.transport.is_closing():
            self._ended = True
        elif self.pipeline:
            self._running, app = self.pipeline.pop()
            self._start_asgi_task(self._running, app)
        elif self._refusal is not None:
            self._end(self._refusal)
        else:
            self.flow.resume_reading()
        self._watch()

    def _refuse(self, rejection: Rejection, request_id: str | None = None) -> None:
        """Read no further; answer as soon as the requests before have been answered."""
        self._hub.counters.refused += 1
        self._refusal = rejection
        may_answer = not self._in_body or self._give_up_request()
        self._in_head = self._in_body = False
        self.parser = None
        if self._running is None:
            self._end(rejection if may_answer else None, request_id)

    def _give_up_request(self) -> bool:
        """The request being read will not be answered by the application; whether we may answer it."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        if self.cycle is self._running:
            self._running = None
        elif self.pipeline and self.pipeline[0][0] is self.cycle:
            self.pipeline.popleft()
        return not self.cycle.response_started

    def _end(self, rejection: Rejection | None, request_id: str | None = None) -> None:
        """Say the last word; then the peer may close, and what it still sends is thrown away."""
        self._ended = True
        if self.transport.is_closing():
            return
        if rejection is not None:
            self.transport.write(error_answer(rejection, request_id or new_id()))
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            # Closing now, with bytes unread, would reset the connection and could destroy the answer.
            self.transport.write_eof()
        else:
            self.transport.close()

    def _discard(self, length: int) -> None:
        self._discarded += length
        if self._discarded > MAX_DISCARDED:
            self.abort()

    # Time

    def _watch(self) -> None:
        """Run the time-out of the phase that the connection is in."""
        clocks = self._hub.clocks
        if self._ended:
            self._change_deadlines(clocks.farewells, self.abort)
        elif self._in_head:
            self._change_deadlines(clocks.heads, self._head_is_late)
        elif self.flow.write_paused:
            self._change_deadlines(clocks.stalls, self.abort)
        elif self._in_body:
            self._change_deadlines(clocks.bodies, self._body_is_late)
        elif self._running is None:
            self._change_deadlines(clocks.idle, self._idle_is_over)
        else:
            self._change_deadlines(None, self.abort)

    def _change_deadlines(self, deadlines: Deadlines | None, late: Callable[[], object]) -> None:
        if deadlines is self._deadlines:
            return
        if self._deadlines is not None:
            self._deadlines.cancel(self)
        self._deadlines = deadlines
        if deadlines is not None:
            deadlines.start(self, late)

    def _idle_is_over(self) -> None:
        self._deadlines = None
        self._ended = True
        self.transport.close()
        self._watch()

    def _head_is_late(self) -> None:
        self._deadlines = None
        if self._running is None:
            self.abort()
            return
        self._refuse(TOO_SLOW)
        self._watch()

    def _body_is_late(self) -> None:
        self._deadlines = None
        progress, self._seen = self._meter.body - self._seen, self._meter.body
        if progress < MIN_PROGRESS and not self.flow.read_paused:
            self._refuse(TOO_SLOW)
        self._watch()


def _reason(error: HttpParserCallbackError) -> RefusedError:
    """Why one of our callbacks stopped the parser."""
    cause = error.__context__
    if isinstance(cause, RefusedError):
        return cause
    _log.error("a request could not be parsed", exc_info=cause)
    return RefusedError(FAULT)
