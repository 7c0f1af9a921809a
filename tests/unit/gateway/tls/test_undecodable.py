import ssl
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.certificates import authority, chooser_of

from eventray_gateway.tls.undecodable import without_undecodable_names


def hello_for(name: bytes) -> bytes:
    """A TLS client's first message, asking for any bytes as a name."""
    stand_in = b"x" * len(name)
    hello = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname=stand_in.decode())
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return hello.read().replace(stand_in, name)


def test_a_name_that_is_no_text_is_refused_and_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", without_undecodable_names(printed.append))
    received = ssl.MemoryBIO()
    received.write(hello_for(b"\xff\xfe\xfd.localhost"))
    server = chooser_of(authority(tmp_path)).begin("127.0.0.1")
    with pytest.raises(ssl.SSLError):
        server.wrap_bio(received, ssl.MemoryBIO(), server_side=True).do_handshake()
    assert printed == []


def test_everything_else_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", without_undecodable_names(printed.append))

    class Failing:
        def __del__(self) -> None:
            raise UnicodeDecodeError("ascii", b"", 0, 1, "")

    Failing()
    assert [each.exc_type for each in printed] == [UnicodeDecodeError]
