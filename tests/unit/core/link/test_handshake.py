"""Both ends prove the secret, and neither proof is good for anything else."""

import pytest

from eventray_core.link import handshake as h
from eventray_core.link.envelopes import LINK_VERSION, MemberKind
from eventray_core.link.session import LinkError

HELLO = h.Hello(LINK_VERSION, MemberKind.GATEWAY, "g", "g-1", "", b"n" * 16)
MESSAGES: list[h.Message] = [
    HELLO,
    h.Challenge("s-1", b"m" * 16, b"proof"),
    h.Proof(b"proof", 7, True),
    h.Accepted(7),
    h.Refused(h.Refusal.SECRET),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_round_trip(message: h.Message) -> None:
    data = h.encode(message)
    assert h.decode(data) == message
    assert len(data) < h.MAX_MESSAGE_BYTES


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x91\x63", b"GET / HTTP/1.1"])
def test_nonsense_is_a_link_error(data: bytes) -> None:
    with pytest.raises(LinkError):
        h.decode(data)


def test_a_proof_holds_for_its_handshake_only() -> None:
    proof = h.prove(b"secret", "dialler", HELLO, "s-1", b"m")
    other = h.Hello(LINK_VERSION, MemberKind.GATEWAY, "g", "g-1", "", b"o" * 16)
    assert h.proves(proof, b"secret", "dialler", HELLO, "s-1", b"m")
    assert not h.proves(proof, b"another", "dialler", HELLO, "s-1", b"m")
    assert not h.proves(proof, b"secret", "listener", HELLO, "s-1", b"m")
    assert not h.proves(proof, b"secret", "dialler", other, "s-1", b"m")
    assert not h.proves(proof, b"secret", "dialler", HELLO, "s-2", b"m")
    assert not h.proves(proof, b"secret", "dialler", HELLO, "s-1", b"l")


def test_the_first_message_is_a_hello_of_this_version_for_this_listener() -> None:
    assert h.check_hello(HELLO, "s-1") == HELLO
    wanted = h.Hello(LINK_VERSION, MemberKind.GATEWAY, "g", "g-1", "s-0", b"n")
    assert h.check_hello(wanted, "s-1") is h.Refusal.OTHER_INCARNATION
    assert h.check_hello(wanted, "s-0") == wanted
    newer = h.Hello(LINK_VERSION + 1, MemberKind.GATEWAY, "g", "g-1", "", b"n")
    assert h.check_hello(newer, "s-1") is h.Refusal.VERSION
    with pytest.raises(LinkError):
        h.check_hello(h.Accepted(1), "s-1")
