"""The first four messages of a link: both ends prove the cluster's secret, then resume their session.

    dialler → Hello       who I am, whom I want, a nonce
    listener → Challenge  who I am, a nonce, proof
    dialler → Proof       proof, how many envelopes I have processed
    listener → Accepted   how many I have processed          (or Refused, at any point)

The proofs are HMAC-SHA-256 over the hello, the listener's incarnation and both nonces, so neither can be
replayed or reflected, and the secret itself never travels.
"""

import enum
import hmac
from collections.abc import Callable

import msgspec

from eventray_core.link.envelopes import LINK_VERSION, MemberKind
from eventray_core.link.session import LinkError
from eventray_core.placement.view import Incarnation


class Refusal(enum.StrEnum):
    """Why a listener does not want a link."""

    VERSION = "version"
    SECRET = "secret"
    OTHER_INCARNATION = "other incarnation"
    UNKNOWN_MEMBER = "unknown member"
    """Not (or no longer) known to the listener; may become known with its next view."""
    SESSION_LOST = "session lost"


class Hello(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The dialler introduces itself; `wanted` is empty where any incarnation will do."""

    version: int
    kind: MemberKind
    name: str
    incarnation: Incarnation
    wanted: Incarnation
    nonce: bytes


class Challenge(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """The listener introduces itself and proves the secret."""

    incarnation: Incarnation
    nonce: bytes
    proof: bytes


class Proof(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """The dialler proves the secret and resumes."""

    proof: bytes
    received: int
    established: bool


class Accepted(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """The link stands."""

    received: int


class Refused(msgspec.Struct, frozen=True, array_like=True, tag=5):
    """The link does not stand."""

    reason: Refusal


Message = Hello | Challenge | Proof | Accepted | Refused

MAX_MESSAGE_BYTES = 4096

_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[bytes], Message] = msgspec.msgpack.Decoder(Message).decode


def encode(message: Message) -> bytes:
    """One message's bytes."""
    return _encode(message)


def decode(data: bytes) -> Message:
    """One message; raises `LinkError`."""
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LinkError(f"undecodable handshake: {error}") from error


def prove(secret: bytes, role: str, hello: Hello, listener: Incarnation, nonce: bytes) -> bytes:
    """The proof of one side; `role` is `dialler` or `listener`, `nonce` the listener's."""
    text = _encode((role, hello, listener, nonce))
    return hmac.digest(secret, text, "sha256")


def proves(proof: bytes, secret: bytes, role: str, hello: Hello, listener: Incarnation, nonce: bytes) -> bool:
    """Whether a proof holds; takes the same time whatever is wrong."""
    return hmac.compare_digest(proof, prove(secret, role, hello, listener, nonce))


def check_hello(message: Message, own: Incarnation) -> Hello | Refusal:
    """What the listener makes of the first message."""
    if not isinstance(message, Hello):
        raise LinkError(f"{type(message).__name__} instead of Hello")
    if message.version != LINK_VERSION:
        return Refusal.VERSION
    if message.wanted not in ("", own):
        return Refusal.OTHER_INCARNATION
    return message
