"""POST over HTTP/1.1, on connections that are kept for the next one."""

import asyncio
from collections.abc import Mapping

import httptools

from eventray_client.errors import UnavailableError, unreachable
from eventray_client.server import Server

MOST_IDLE = 8
"""So many connections are kept; more are made when they are needed, and closed after use."""

MOST_IDLE_S = 30.0
"""Servers close what is idle for longer; a request that crosses that on its way would be lost."""

MOST_ANSWER_BYTES = 1_000_000
READ_BYTES = 65_536
LINE_BREAKS = ("\r", "\n")


class Answer:
    """What the server answered, as far as it has come."""

    def __init__(self) -> None:
        self.status = 0
        self.body = bytearray()
        self.is_complete = False
        self.leaves_connection = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Take what has come; raises `ValueError`."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserCallbackError) as error:
            raise ValueError(f"not HTTP: {error}") from None

    def on_body(self, data: bytes) -> None:
        """For the parser."""
        self.body += data
        if len(self.body) > MOST_ANSWER_BYTES:
            raise ValueError("the answer is too long")

    def on_message_complete(self) -> None:
        """For the parser."""
        self.is_complete = True
        self.status = self._parser.get_status_code()
        self.leaves_connection = self._parser.should_keep_alive()


class HttpConnection:
    """One connection, for one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.idle_since = 0.0
        self.is_reusable = False

    def is_usable(self, now: float) -> bool:
        """Whether another request may be sent; `now` is the loop's time."""
        return not self._reader.at_eof() and now - self.idle_since < MOST_IDLE_S

    async def exchange(self, request: bytes) -> Answer:
        """Send a request and read its answer; raises `OSError` or `ValueError`."""
        self.is_reusable = False
        self._writer.write(request)
        await self._writer.drain()
        answer = Answer()
        while not answer.is_complete:
            data = await self._reader.read(READ_BYTES)
            if not data:
                raise ConnectionResetError("the connection was closed before the answer")
            answer.feed(data)
        self.is_reusable = answer.leaves_connection
        return answer

    def close(self) -> None:
        """Give it up; harmless if it was closed."""
        self._writer.close()


class HttpEndpoint:
    """The HTTP endpoint of a server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tls = server.tls(server.http_url)
        self._idle: list[HttpConnection] = []
        self._is_closed = False

    async def post(self, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        """POST once; raises `UnavailableError`. It is never sent twice: the server may have done it."""
        request = self._request(headers, body)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._post(request)
        except TimeoutError:
            raise unreachable(self._server.http_url, TimeoutError(f"no answer in {timeout_s:g} s")) from None
        except (OSError, ValueError) as error:
            raise unreachable(self._server.http_url, error) from error

    async def _post(self, request: bytes) -> Answer:
        connection = self._take() or await self._connect()
        try:
            return await connection.exchange(request)
        finally:
            self._put(connection)

    def _take(self) -> HttpConnection | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable(now):
                return connection
            connection.close()
        return None

    async def _connect(self) -> HttpConnection:
        host, port = self._server.http_address
        return HttpConnection(*await asyncio.open_connection(host, port, ssl=self._tls))

    def _put(self, connection: HttpConnection) -> None:
        if connection.is_reusable and not self._is_closed and len(self._idle) < MOST_IDLE:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.close()

    def _request(self, headers: Mapping[str, str], body: bytes) -> bytes:
        lines = {
            "content-type": "application/json",
            **{name.lower(): value for name, value in headers.items()},
            "host": self._server.host,
            "content-length": str(len(body)),
        }
        if any(mark in text for pair in lines.items() for text in pair for mark in LINE_BREAKS):
            raise UnavailableError("The authorization has a line break in it.")
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"POST {self._server.http_target} HTTP/1.1\r\n{head}\r\n".encode() + body

    def close(self) -> None:
        """Close what is idle now, and whatever is in use once it is not."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()
