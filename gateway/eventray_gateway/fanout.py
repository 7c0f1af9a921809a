"""The hot loop: events of a tick, joined to one write per subscription.

A `data` frame is a header, the subscriber's prefix (`{"id":"…","type":"data","event":`), the event's literal
and `}`. All but the prefix is the same for everyone, and the header depends on the prefix's length alone. So
subscribers are grouped by that length, the shared pieces are made once per group, and `prefix.join(pieces)`
is all that remains to do for each.
"""

from collections.abc import Callable, Hashable, Iterable

from eventray_core.channel import ChannelKey, candidate_keys
from eventray_gateway.counters import ApiCounters, GatewayCounters
from eventray_gateway.wire.frames import text_frame_header

Token = Hashable
Write = Callable[[bytes], None]


class Audience:
    """The live subscriptions of one channel or pattern, and the events of this tick."""

    __slots__ = ("_groups", "_place", "api", "pending")

    def __init__(self, api: ApiCounters) -> None:
        self.api = api
        self._groups: dict[int, dict[Token, tuple[Callable[[Iterable[bytes]], bytes], Write]]] = {}
        self._place: dict[Token, int] = {}
        self.pending: list[bytes] = []

    def add(self, token: Token, prefix: bytes, write: Write) -> None:
        """Events from now on go to this subscription too."""
        self._place[token] = len(prefix)
        self._groups.setdefault(len(prefix), {})[token] = (prefix.join, write)

    def remove(self, token: Token) -> bool:
        """They no longer do; whether they did."""
        length = self._place.pop(token, None)
        if length is None:
            return False
        group = self._groups[length]
        del group[token]
        if not group:
            del self._groups[length]
        return True

    def __len__(self) -> int:
        return len(self._place)

    def flush(self, counters: GatewayCounters) -> None:
        """Write this tick's events to everyone. A transport that fails costs nobody else anything."""
        literals, self.pending = self.pending, []
        for length, group in self._groups.items():
            pieces, size = _pieces(literals, length)
            entries = iter(list(group.values()))
            while True:
                try:
                    for join, write in entries:
                        write(join(pieces))
                    break
                except Exception:
                    counters.failed_writes += 1
            counters.writes += len(group)
            counters.deliveries += len(group) * len(literals)
            self.api.deliveries += len(group) * len(literals)
            counters.bytes_out += len(group) * size


def _pieces(literals: list[bytes], prefix_length: int) -> tuple[list[bytes], int]:
    """What stands between the prefixes, and the length of the whole with them."""
    pieces: list[bytes] = []
    tail = b""
    for literal in literals:
        pieces.append(tail + text_frame_header(prefix_length + len(literal) + 1))
        tail = literal + b"}"
    pieces.append(tail)
    return pieces, sum(map(len, pieces)) + prefix_length * len(literals)


class Fanout:
    """All audiences of a gateway. `call_soon` runs a callable at the end of the tick."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], object], counters: GatewayCounters) -> None:
        self._call_soon = call_soon
        self._counters = counters
        self._audiences: dict[ChannelKey, Audience] = {}
        self._dirty: list[Audience] = []

    def add(self, key: ChannelKey, token: Token, prefix: bytes, write: Write) -> None:
        """A subscription goes live; what is pending for others is written before, so it does not see it."""
        audience = self._audiences.get(key)
        if audience is None:
            api = self._counters.of(key.partition("/")[0])
            audience = self._audiences[key] = Audience(api)
        elif audience.pending:
            audience.flush(self._counters)
        audience.add(token, prefix, write)
        self._counters.subscriptions += 1
        audience.api.subscriptions += 1

    def remove(self, key: ChannelKey, token: Token) -> None:
        """A subscription ends; what is pending for it is written before. Harmless if it never lived."""
        audience = self._audiences.get(key)
        if audience is None:
            return
        if audience.pending:
            audience.flush(self._counters)
        if audience.remove(token):
            self._counters.subscriptions -= 1
            audience.api.subscriptions -= 1
        if not audience:
            del self._audiences[key]

    def deliver(self, key: ChannelKey, literals: list[bytes]) -> None:
        """Events of one channel, as JSON string literals, for all who want it; written at the tick's end."""
        for candidate in candidate_keys(key):
            audience = self._audiences.get(candidate)
            if audience is None:
                continue
            if not audience.pending:
                if not self._dirty:
                    self._call_soon(self.flush)
                self._dirty.append(audience)
            audience.pending += literals

    def flush(self) -> None:
        """Write what is pending."""
        dirty, self._dirty = self._dirty, []
        for audience in dirty:
            if audience.pending:
                audience.flush(self._counters)

    def __len__(self) -> int:
        return len(self._audiences)
