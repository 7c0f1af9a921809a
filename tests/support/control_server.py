"""A stand-in for the management API over HTTP: gives prepared answers, and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eventray_gateway.auth.signed_request import SignedRequest


@dataclass
class ControlServer:
    """`answers` are given one after another: status, headers, body."""

    url: str = ""
    answers: list[tuple[int, Mapping[str, str], Any]] = field(default_factory=list)
    requests: list[SignedRequest] = field(default_factory=list)

    def answer(self, body: Any, status: int = 200, **headers: str) -> None:
        """Prepare one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, body))


@contextmanager
def control_server() -> Iterator[ControlServer]:
    """On a port of this machine."""
    shared = ControlServer()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path, _, query = self.path.partition("?")
            shared.requests.append(SignedRequest(self.command, path, query, list(self.headers.items()), body))
            status, headers, answer = shared.answers.pop(0)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = _serve  # noqa: N815 - the names are the base class's
        do_POST = _serve  # noqa: N815
        do_DELETE = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        shared.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield shared
        finally:
            server.shutdown()
            thread.join()
