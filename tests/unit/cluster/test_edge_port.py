import resource
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from eventray_cluster.edge_port import (
    HeldPort,
    PortError,
    hold_port,
    is_loopback,
    raise_open_file_limit,
    url_host,
)


@contextmanager
def held(host: str = "127.0.0.1", port: int = 0) -> Iterator[HeldPort]:
    claim = hold_port(host, port)
    yield claim
    claim.release()


def gateway_socket(port: int) -> socket.socket:
    """What a gateway does."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def test_any_free_port_is_found() -> None:
    with held() as first, held() as second:
        assert first.ip == "127.0.0.1"
        assert 0 < first.port != second.port > 0


def test_a_port_is_held_once() -> None:
    with held() as claim, pytest.raises(PortError) as error:
        hold_port("127.0.0.1", claim.port)
    assert str(error.value) == (
        f"Port {claim.port} of 127.0.0.1 is taken by another program; choose another one with --port."
    )


def test_a_port_that_gateways_share_is_taken_for_another_server() -> None:
    with held() as claim, closing(gateway_socket(claim.port)):
        claim.release()
        with pytest.raises(PortError, match="is taken"):
            hold_port("127.0.0.1", claim.port)


def test_gateways_share_the_held_port_and_get_all_connections() -> None:
    with (
        held() as claim,
        closing(gateway_socket(claim.port)) as one,
        closing(gateway_socket(claim.port)) as two,
    ):
        one.setblocking(False)
        two.setblocking(False)
        clients = [socket.create_connection(("127.0.0.1", claim.port)) for _ in range(20)]
        accepted = [peer for listener in (one, two) for peer in accept_all(listener)]
        assert len(accepted) == 20
        for peer in [*clients, *accepted]:
            peer.close()


def accept_all(listener: socket.socket) -> Iterator[socket.socket]:
    while True:
        try:
            yield listener.accept()[0]
        except BlockingIOError:
            return


def test_the_port_is_free_again_at_once_after_connections() -> None:
    with held() as claim, closing(gateway_socket(claim.port)) as listener:
        with socket.create_connection(("127.0.0.1", claim.port)):
            listener.accept()[0].close()  # closed by the server: it waits in TIME_WAIT
        listener.close()
        claim.release()
        hold_port("127.0.0.1", claim.port).release()


def test_localhost_is_ipv4_where_there_is_a_choice() -> None:
    with held("localhost") as claim:
        assert claim.ip == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("192.0.2.77", "This machine does not have the address 192.0.2.77."),
        ("no-such-host.invalid", "The host no-such-host.invalid is not known: "),
    ],
)
def test_a_host_that_is_not_here_is_told(host: str, sentence: str) -> None:
    with pytest.raises(PortError) as error:
        hold_port(host, 0)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("[fe80::1]", "[fe80::1]"),
        ("events.example.com", "events.example.com"),
    ],
)
def test_a_host_becomes_one_that_urls_can_have(host: str, url: str) -> None:
    assert url_host(host) == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_some_hosts_are_this_machine_only(host: str) -> None:
    assert is_loopback(host)
    assert not is_loopback("0.0.0.0")


def test_the_open_file_limit_is_raised_and_told() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        raised = raise_open_file_limit()
        assert raised == resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(hard, 1_048_576)
        assert raise_open_file_limit() == raised
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
