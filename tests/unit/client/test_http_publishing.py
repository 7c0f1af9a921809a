"""Against servers that answer as others might; the real one is in `test_client.py`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from tests.support.rig import Rig, until
from tests.support.tcp_proxy import TcpProxy, proxying

from eventray_client import ApiKey, EventsClient, UnavailableError
from eventray_client.http_publishing import Answer, HttpEndpoint
from eventray_client.server import Server

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Scripted:
    """A server that answers each request with the next of its answers, `None` for closing."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    return
                writer.write(answer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def endpoint_of(
    script: Scripted, timeout_s: float = 5.0
) -> AsyncIterator[Callable[[bytes], Awaitable[Answer]]]:
    listening = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    endpoint = HttpEndpoint(Server(f"http://127.0.0.1:{port}/event?x=1", "ws://unused", ApiKey("k")))
    try:
        yield lambda body: endpoint.post({"X-Api-Key": "k"}, body, timeout_s)
    finally:
        endpoint.close()
        listening.close()


async def test_a_request_is_whole_and_a_connection_is_kept() -> None:
    script = Scripted(OK, OK)
    async with endpoint_of(script) as post:
        for body in (b"{}", b"second"):
            answer = await post(body)
            assert (answer.status, bytes(answer.body)) == (200, b"{}")
    assert script.connections == 1
    first, second = script.requests
    assert first.startswith(b"POST /event?x=1 HTTP/1.1\r\n")
    assert b"\r\nx-api-key: k\r\n" in first
    assert b"\r\nhost: 127.0.0.1:" in first
    assert second.endswith(b"content-length: 6\r\n\r\nsecond")


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx", b"x"),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx", b"x"),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", b""),
    ],
)
async def test_answers_of_proxies_are_understood(answer: bytes, body: bytes) -> None:
    async with endpoint_of(Scripted(answer, OK)) as post:
        assert bytes((await post(b"1")).body) == body
        assert (await post(b"2")).status == 200


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "closed before the answer"),
        (b"SSH-2.0-OpenSSH\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n" + b"x" * 2_000_000, "not HTTP"),
        (b"HTTP/1.1 200 OK\r\n", "no answer in 0.5 s"),
    ],
)
async def test_what_is_no_answer_fails_and_is_not_sent_again(answer: bytes | None, sentence: str) -> None:
    script = Scripted(answer, OK)
    async with endpoint_of(script, 0.5) as post:
        with pytest.raises(UnavailableError, match=sentence):
            await post(b"1")
    assert len(script.requests) == 1


async def test_an_answer_that_is_not_json_is_no_acceptance() -> None:
    listening = await asyncio.start_server(Scripted(OK, OK).serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, EventsClient(f"http://127.0.0.1:{port}/event", api_key="k") as events:
        with pytest.raises(UnavailableError, match="not the answer to a publish"):
            await events.publish("/default/a", 1)


async def test_credentials_cannot_add_headers(rig: Rig) -> None:
    async with EventsClient(rig.url(), api_key="k\r\nx-other: 1") as events:
        with pytest.raises(UnavailableError, match="line break"):
            await events.publish("/default/a", 1)


async def test_a_connection_that_was_closed_while_idle_is_not_used_again(rig: Rig) -> None:
    async with (
        proxying(rig.addresses[0]) as proxy,
        EventsClient(f"http://{proxy.address}/event", api_key=rig.api_key) as events,
    ):
        for times in (1, 2):
            assert (await events.publish("/default/a", 1)).ok
            assert (await events.publish("/default/a", 1)).ok
            assert proxy.accepted == times
            proxy.cut()
            await until(lambda: _has_no_connection(proxy))


async def _has_no_connection(proxy: TcpProxy) -> bool:
    return not proxy.is_used
