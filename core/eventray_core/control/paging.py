"""Long lists in pages (control-plane specification, section 3.9)."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from eventray_core.control.errors import InvalidRequestError
from eventray_core.control.records import R
from eventray_core.control.requests import Outcome, Request
from eventray_core.control.tables import position

MAX_RESULTS = 25
_DIGEST_BYTES = 12


def page(request: Request, name: str, records: Sequence[R], show: Callable[[R], Any]) -> Outcome:
    """The wanted part of `records`, which are in order, as an answer's member `name`.

    A token says after which record to go on, so that deleting records between two pages loses none.
    """
    size = _max_results(request)
    after = _position(request)
    rest = [record for record in records if after is None or position(record) > after]
    shown = rest[:size]
    members: dict[str, Any] = {name: [show(record) for record in shown]}
    if len(rest) > size:
        members["nextToken"] = _token(request, position(shown[-1]))
    return Outcome(members)


def _max_results(request: Request) -> int:
    """0 is allowed and asks for nothing in particular: a page of no records would never end."""
    values = request.values("maxResults")
    if not values:
        return MAX_RESULTS
    text = values[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= MAX_RESULTS):
        raise InvalidRequestError(f"maxResults must be a number from 0 to {MAX_RESULTS}.")
    return int(text) or MAX_RESULTS


def _position(request: Request) -> tuple[float, str] | None:
    values = request.values("nextToken")
    if not values:
        return None
    try:
        sealed = base64.b64decode(values[-1].encode("ascii"), altchars=b"-_", validate=True)
        digest, place = sealed[:_DIGEST_BYTES], sealed[_DIGEST_BYTES:]
        if digest != _digest(request, place):
            raise ValueError("another list's token, or none")
        return msgspec.msgpack.decode(place, type=tuple[float, str])
    except (ValueError, msgspec.MsgspecError):
        raise InvalidRequestError("The nextToken is not valid.") from None


def _token(request: Request, place: tuple[float, str]) -> str:
    packed = msgspec.msgpack.encode(place)
    return base64.urlsafe_b64encode(_digest(request, packed) + packed).decode()


def _digest(request: Request, place: bytes) -> bytes:
    """Binds a token to its list; it guards against mistakes, since a token gives access to nothing."""
    names = msgspec.msgpack.encode((request.call.operation, sorted(request.call.path.items())))
    return hashlib.blake2b(names + place, digest_size=_DIGEST_BYTES).digest()
