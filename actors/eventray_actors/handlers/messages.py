"""What a pool and its workers say to one another: MessagePack behind a length of 4 bytes."""

import struct

import msgspec

from eventray_core.control.code import CodeError
from eventray_core.handling.answers import Excess

HEADER = struct.Struct(">I")


CallSite = tuple[int, int, int, int, int]
"""What is called (`positions.py` numbers it), and the lines and columns where the expression begins and
ends.
"""


class PreparedCode(msgspec.Struct, frozen=True, array_like=True, tag="prepared"):
    """Code that may run. `forms` says for each export whether it is a function or has parts, `calls` where
    calls of the console and of helpers stand, for `positions.py`.
    """

    script: str
    forms: dict[str, str]
    calls: tuple[CallSite, ...] = ()
    source_map: str = ""
    warnings: tuple[CodeError, ...] = ()


class RefusedCode(msgspec.Struct, frozen=True, array_like=True, tag="refused"):
    """Code that may not run, and why."""

    errors: tuple[CodeError, ...]
    warnings: tuple[CodeError, ...] = ()


class Prepare(msgspec.Struct, frozen=True, array_like=True, tag="prepare"):
    """Judge code and make it ready; the answer is `PreparedCode` or `RefusedCode`."""

    code: str
    strict: bool = False


class Run(msgspec.Struct, frozen=True, array_like=True, tag="run"):
    """Call the export or part at `path` of a program; the answer is `Answered`, `Exceeded` or `Missing`.

    The program's script comes along when the worker does not have it yet; programs in `forget` it will not
    need any more. `now` is milliseconds since 1970, `seeds` are fresh random bits.
    """

    program: str
    path: str
    mode: str
    input: str
    now: int
    seeds: tuple[int, int, int, int]
    script: str | None = None
    forget: tuple[str, ...] = ()


class Answered(msgspec.Struct, frozen=True, array_like=True, tag="answered"):
    """The answer of `call.js` as JSON; a worker that is `worn` has grown and asks to be replaced."""

    text: bytes
    worn: bool = False


class Exceeded(msgspec.Struct, frozen=True, array_like=True, tag="exceeded"):
    """The call was ended by a limit, or gave nothing that can be read."""

    excess: Excess
    message: str
    worn: bool = False


class Missing(msgspec.Struct, frozen=True, array_like=True, tag="missing"):
    """The worker does not have the program."""


Request = Prepare | Run
Reply = PreparedCode | RefusedCode | Answered | Exceeded | Missing

_encoder = msgspec.msgpack.Encoder()
_request_decoder: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_reply_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def encode(message: Request | Reply) -> bytes:
    """A message with its length in front."""
    body = _encoder.encode(message)
    return HEADER.pack(len(body)) + body


def decode_request(body: bytes) -> Request:
    """What a worker got, without its length."""
    return _request_decoder.decode(body)


def decode_reply(body: bytes | memoryview) -> Reply:
    """What a pool got, without its length."""
    return _reply_decoder.decode(body)
