"""What the gateway's edge relies on of uvicorn, httptools and websockets beyond their documentation.

A new version of one of them is taken by changing the pin and making these pass.
"""

import ast
import asyncio
import base64
import inspect
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import GeneratorType
from typing import Any, cast

import pytest
from packaging.requirements import Requirement
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.exceptions import HeaderLineTooLong
from websockets.http11 import MAX_LINE_LENGTH, Request
from websockets.protocol import SEND_EOF, SERVER, Protocol, State
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

from eventray_gateway.wire import adapter
from eventray_gateway.wire.answers import AnswerCycle
from tests.support.wire import CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame

ROOT = Path(__file__).parents[2]
REACHED_INTO = {"uvicorn", "websockets", "httptools"}


async def silent_app(scope: Any, receive: Any, send: Any) -> None:
    """Answers nothing."""


class StandInTransport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.paused = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.paused += 1

    def resume_reading(self) -> None:
        self.paused -= 1

    def close(self) -> None:
        """The tests look at nothing that comes after."""


# Versions, and who knows them


@pytest.mark.parametrize("package", ["uvicorn", "websockets"])
def test_the_installed_version_is_the_pinned_one(package: str) -> None:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    [pin] = [str(r.specifier) for r in map(Requirement, dependencies) if r.name == package]
    assert pin == f"=={version(package)}"


def test_the_adapter_alone_imports_them() -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for layer in ("core", "actors", "gateway", "cluster")
        for path in (ROOT / layer).rglob("*.py")
        if REACHED_INTO & set(_imported(path))
    }
    assert importers == {"gateway/eventray_gateway/wire/adapter.py"}


def _imported(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module.split(".")[0])
    return names


# uvicorn


@pytest.fixture
async def http() -> HttpToolsProtocol:
    protocol = HttpToolsProtocol(adapter.uvicorn_config(silent_app), ServerState(), {})
    protocol.connection_made(StandInTransport())
    return protocol


def test_the_configuration_needs_no_server() -> None:
    config = adapter.uvicorn_config(silent_app)
    assert isinstance(config, Config)
    assert config.loaded_app is silent_app  # no middleware around it
    assert config.ws_protocol_class is None
    assert config.encoded_headers == []


async def test_a_connection_is_made_without_a_server(http: HttpToolsProtocol) -> None:
    assert list(inspect.signature(HttpToolsProtocol.__init__).parameters) == [
        "self",
        "config",
        "server_state",
        "app_state",
        "_loop",
    ]
    state = http.server_state
    assert (state.connections, state.tasks, state.default_headers, state.total_requests) == (
        {http},
        set(),
        [],
        0,
    )
    assert http.cycle is None
    assert len(http.pipeline) == 0


async def test_requests_wait_in_the_pipeline_newest_first(http: HttpToolsProtocol) -> None:
    http.data_received(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n")
    assert [cycle.scope["path"] for cycle, _ in http.pipeline] == ["/3", "/2"]
    assert http.pipeline[0][0] is http.cycle
    assert len(http.tasks) == 1
    assert http.flow.read_paused


async def test_a_request_begins_in_a_task_so_its_cycle_can_still_be_changed(http: HttpToolsProtocol) -> None:
    http.data_received(b"GET / HTTP/1.1\r\n\r\n")
    assert type(http.cycle) is RequestResponseCycle
    http.cycle.__class__ = AnswerCycle
    await asyncio.gather(*http.tasks)
    written = cast(StandInTransport, http.transport).written
    assert written.startswith(b"HTTP/1.1 500 ")
    assert b"x-amzn-requestid" in written


async def test_a_cycle_that_is_told_of_a_disconnect_says_nothing(http: HttpToolsProtocol) -> None:
    http.data_received(b"GET / HTTP/1.1\r\n\r\n")
    cycle = http.cycle
    assert (cycle.response_started, cycle.response_complete, cycle.keep_alive) == (False, False, True)
    cycle.disconnected = True
    cycle.message_event.set()
    await asyncio.gather(*http.tasks)
    assert cast(StandInTransport, http.transport).written == b""
    assert await cycle.receive() == {"type": "http.disconnect"}


async def test_headers_go_to_the_scope_in_lower_case_and_bodies_to_the_cycle(http: HttpToolsProtocol) -> None:
    http.data_received(b"POST /a?b HTTP/1.1\r\nName: Value\r\ncontent-length: 2\r\n\r\nx")
    assert http.headers[0] == (b"name", b"Value")
    assert http.url == b"/a?b"
    assert (bytes(http.cycle.body), http.cycle.more_body) == (b"x", True)


def test_flow_control_tells_what_is_paused() -> None:
    flow = FlowControl(StandInTransport())
    assert (flow.read_paused, flow.write_paused) == (False, False)
    flow.pause_reading()
    flow.pause_writing()
    assert (flow.read_paused, flow.write_paused) == (True, True)


# httptools


class StandInCallbacks:
    """Fails at the first header."""

    def on_header(self, name: bytes, value: bytes) -> None:
        raise KeyError("ours")


def test_a_parser_stops_at_our_error_and_passes_it_on() -> None:
    parser = adapter.new_parser(cast(HttpToolsProtocol, StandInCallbacks()))
    with pytest.raises(adapter.HttpParserCallbackError) as stopped:
        parser.feed_data(b"GET / HTTP/1.1\r\na: b\r\n\r\n")
    assert isinstance(stopped.value.__context__, KeyError)
    assert issubclass(adapter.HttpParserCallbackError, adapter.HttpParserError)


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_an_upgrade_stops_the_parser_where_its_headers_end(method: bytes) -> None:
    head = method + b" / HTTP/1.1\r\nconnection: upgrade\r\nupgrade: x\r\ncontent-length: 4\r\n\r\n"
    parser = adapter.new_parser(cast(HttpToolsProtocol, object()))
    with pytest.raises(adapter.HttpParserUpgrade) as upgrade:
        parser.feed_data(head + b"rest")
    assert upgrade.value.args == (len(head),)
    assert not issubclass(adapter.HttpParserUpgrade, adapter.HttpParserError)
    assert (parser.get_method(), parser.get_http_version(), parser.should_upgrade()) == (method, "1.1", True)


# websockets: the opening handshake


def handshake_request(*changes: tuple[str, str]) -> Request:
    headers = Headers(
        [
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-key", base64.b64encode(bytes(16)).decode()),
            ("sec-websocket-version", "13"),
            *changes,
        ]
    )
    return Request("/", headers)


def test_one_object_can_check_many_handshakes() -> None:
    protocol = ServerProtocol()
    assert protocol.accept(handshake_request()).status_code == 101
    assert protocol.accept(handshake_request(("upgrade", "x"))).status_code == 426
    assert protocol.handshake_exc is not None
    assert protocol.accept(handshake_request()).status_code == 101
    assert (protocol.state, protocol.data_to_send()) == (State.CONNECTING, [])


def test_the_library_would_refuse_the_header_lines_of_tokens() -> None:
    reader = StreamReader()
    reader.feed_data(b"GET / HTTP/1.1\r\nauthorization: " + b"a" * MAX_LINE_LENGTH + b"\r\n\r\n")
    with pytest.raises(HeaderLineTooLong):
        list(Request.parse(reader.read_line))
    assert MAX_LINE_LENGTH == 8_192


# websockets: frames


@pytest.fixture
def framer() -> Protocol:
    return adapter.new_framer(1_000)


def test_a_framer_is_an_open_server(framer: Protocol) -> None:
    assert (framer.side, framer.state, framer.extensions, framer.debug) == (SERVER, State.OPEN, [], False)
    assert (framer.max_message_size, framer.current_size) == (1_000, None)


def test_the_parser_shows_where_it_waits(framer: Protocol) -> None:
    at_frame_start = []
    for byte in frame(TEXT, b"x"):
        inner = cast("GeneratorType[None, None, None]", framer.parser).gi_yieldfrom
        assert isinstance(inner, GeneratorType)
        at_frame_start.append(inner.gi_code is StreamReader.at_eof.__code__)
        framer.receive_data(bytes([byte]))
    assert at_frame_start == [True, False, False, False, False, False, False]
    assert adapter.is_between_frames(framer)


def test_frames_come_out_as_events_and_pongs_as_writes(framer: Protocol) -> None:
    framer.receive_data(frame(TEXT, b"\xff", fin=False) + frame(PING, b"p") + frame(CONTINUATION, b"b"))
    events = cast("list[adapter.Frame]", framer.events_received())
    # Text is not checked for UTF-8, and payloads are unmasked bytes.
    assert [(e.opcode, bytes(e.data), e.fin) for e in events] == [
        (TEXT, b"\xff", False),
        (PING, b"p", True),
        (CONTINUATION, b"b", True),
    ]
    assert framer.data_to_send() == [bytes([0x80 | PONG, 1]) + b"p"]
    assert (framer.events_received(), framer.data_to_send()) == ([], [])


def test_a_close_is_echoed_and_ends_the_stream(framer: Protocol) -> None:
    framer.receive_data(close_frame(4000, b"why") + frame(TEXT, b"ignored"))
    assert framer.data_to_send() == [bytes([0x80 | CLOSE, 5]) + b"\x0f\xa0why", SEND_EOF]
    assert SEND_EOF == b""
    assert framer.eof_sent
    assert framer.close_rcvd is not None
    assert framer.close_sent is not None
    assert (framer.close_rcvd.code, framer.close_sent.code, framer.parser_exc) == (4000, 4000, None)
    assert [cast(adapter.Frame, e).opcode for e in framer.events_received()] == [CLOSE]


@pytest.mark.parametrize(
    ("data", "code"), [(frame(TEXT, masked=False), 1002), (frame(TEXT, b"x" * 1_001), 1009)]
)
def test_a_fault_is_a_close_frame_and_the_end(framer: Protocol, data: bytes, code: int) -> None:
    framer.receive_data(data)
    assert framer.close_sent is not None
    assert (framer.close_rcvd, framer.close_sent.code, framer.eof_sent) == (None, code, True)
    assert framer.parser_exc is not None
    framer.receive_data(b"anything")
    assert framer.events_received() == []


def test_we_may_fail_a_connection_between_frames(framer: Protocol) -> None:
    framer.fail(1007, "not UTF-8")
    assert framer.data_to_send() == [bytes([0x80 | CLOSE, 11]) + b"\x03\xefnot UTF-8", SEND_EOF]


def test_our_close_waits_for_the_peers(framer: Protocol) -> None:
    framer.send_close(1000, "")
    assert (framer.state, framer.eof_sent) == (State.CLOSING, False)
    framer.receive_data(frame(TEXT, b"crossing") + close_frame(1000))
    assert framer.eof_sent
    assert framer.data_to_send() == [bytes([0x80 | CLOSE, 2]) + b"\x03\xe8", SEND_EOF]
