import base64
import logging
from dataclasses import replace

import pytest
from tests.support.wire import StandInEdge

from eventray_gateway.wire.answers import FAULT
from eventray_gateway.wire.edge import Rejection
from eventray_gateway.wire.upgrade import Accepted, UpgradeRequest, decide, split_target

REQUEST = UpgradeRequest(
    method="GET",
    http_version="1.1",
    target=b"/event/realtime?a=1",
    headers=[
        (b"host", b"localhost"),
        (b"upgrade", b"WebSocket"),
        (b"connection", b"keep-alive, Upgrade"),
        (b"sec-websocket-key", base64.b64encode(bytes(16))),
        (b"sec-websocket-version", b"13"),
        (b"sec-websocket-protocol", b"header-abc, aws-appsync-event-ws"),
    ],
    client=("127.0.0.1", 5),
    request_id="id-1",
)


def without(name: bytes) -> UpgradeRequest:
    return replace(REQUEST, headers=[header for header in REQUEST.headers if header[0] != name])


def test_the_gateway_sees_the_whole_request() -> None:
    edge = StandInEdge()
    decision = decide(edge, REQUEST)
    assert isinstance(decision, Accepted)
    assert decision.handler is edge.handlers[0]
    [upgrade] = edge.upgrades
    assert (upgrade.path, upgrade.query) == ("/event/realtime", b"a=1")
    assert upgrade.headers == REQUEST.headers
    assert upgrade.subprotocols == ("header-abc", "aws-appsync-event-ws")
    assert (upgrade.client, upgrade.request_id) == (("127.0.0.1", 5), "id-1")


@pytest.mark.parametrize("offered", [b"header-ab==", b"header-a+/b=", b"header-a b"])
def test_offers_that_are_no_tokens_are_left_to_the_gateway(offered: bytes) -> None:
    edge = StandInEdge()
    decide(edge, replace(REQUEST, headers=[*REQUEST.headers, (b"sec-websocket-protocol", offered)]))
    assert edge.upgrades[0].subprotocols[-1] == offered.decode()


def test_the_gateway_may_refuse() -> None:
    rejection = Rejection(404, "NotFoundException", "No.")
    assert decide(StandInEdge(rejection=rejection), REQUEST) is rejection


def test_a_fault_of_the_gateway_tells_the_client_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert decide(StandInEdge(error=RuntimeError("a secret")), REQUEST) is FAULT
    assert "id-1" in caplog.text


@pytest.mark.parametrize(
    "request_",
    [
        without(b"sec-websocket-key"),
        without(b"sec-websocket-version"),
        replace(REQUEST, method="POST"),
        replace(REQUEST, http_version="1.0"),
        replace(REQUEST, target=b"no-path"),
        replace(REQUEST, target=b"/\xff"),
        replace(REQUEST, headers=[*REQUEST.headers, (b"sec-websocket-key", b"AAAA")]),
        replace(REQUEST, headers=[*REQUEST.headers, (b"content-length", b"3")]),
        replace(REQUEST, headers=[*REQUEST.headers, (b"transfer-encoding", b"chunked")]),
        replace(
            without(b"sec-websocket-key"), headers=[*REQUEST.headers[:3], (b"sec-websocket-key", b"AAAA")]
        ),
    ],
)
def test_what_is_no_handshake_never_reaches_the_gateway(request_: UpgradeRequest) -> None:
    edge = StandInEdge()
    decision = decide(edge, request_)
    assert isinstance(decision, Rejection)
    assert (decision.status, decision.error_type) == (400, "BadRequestException")
    assert edge.upgrades == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b"websocket", True), (b"WebSocket", True), (b"h2c", False), (b"websocket, h2c", False)],
)
def test_only_a_websocket_is_one(value: bytes, expected: bool) -> None:
    headers = [*without(b"upgrade").headers, (b"upgrade", value)]
    assert replace(REQUEST, headers=headers).is_for_websocket() is expected


def test_a_head_without_its_upgrade_is_otherwise_the_same() -> None:
    request = replace(REQUEST, method="POST", headers=[(b"host", b"a"), (b"upgrade", b"h2c"), (b"x", b"1")])
    assert request.head_without_upgrade() == b"POST /event/realtime?a=1 HTTP/1.1\r\nhost: a\r\nx: 1\r\n\r\n"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/event/realtime", ("/event/realtime", b"")),
        (b"/event//realtime?x=%2F", ("/event//realtime", b"x=%2F")),
        (b"/a%20b", ("/a b", b"")),
        (b"http://localhost/event/realtime?x", ("/event/realtime", b"x")),
    ],
)
def test_targets(target: bytes, expected: tuple[str, bytes]) -> None:
    assert split_target(target) == expected


@pytest.mark.parametrize("target", [b"localhost:80", b"http://localhost"])
def test_targets_without_a_path(target: bytes) -> None:
    with pytest.raises(ValueError, match="target"):
        split_target(target)
