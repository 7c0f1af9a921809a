"""Which gateways want which channels and patterns."""

from collections.abc import Set

from eventray_core.channel import ChannelKey, candidate_keys
from eventray_core.placement.view import Incarnation

_NOBODY: frozenset[Incarnation] = frozenset()


class InterestIndex:
    """Channels and patterns, each with the gateways that want it."""

    __slots__ = ("_wanted",)

    def __init__(self) -> None:
        self._wanted: dict[ChannelKey, set[Incarnation]] = {}

    def add(self, key: ChannelKey, gateway: Incarnation) -> None:
        """The gateway wants it; saying so twice is wanting once."""
        self._wanted.setdefault(key, set()).add(gateway)

    def remove(self, key: ChannelKey, gateway: Incarnation) -> None:
        """The gateway does not want it any more."""
        gateways = self._wanted.get(key)
        if gateways is not None:
            gateways.discard(gateway)
            if not gateways:
                del self._wanted[key]

    def drop(self, gateway: Incarnation) -> None:
        """Forget all that a gateway wants."""
        for key in self.wanted_by(gateway):
            self.remove(key, gateway)

    def replace(self, gateway: Incarnation, keys: list[ChannelKey]) -> None:
        """The gateway wants exactly those."""
        self.drop(gateway)
        for key in keys:
            self.add(key, gateway)

    def wanted_by(self, gateway: Incarnation) -> list[ChannelKey]:
        """All that a gateway wants."""
        return [key for key, gateways in self._wanted.items() if gateway in gateways]

    def gateways(self) -> set[Incarnation]:
        """All that want anything."""
        return set().union(*self._wanted.values())

    def audience(self, key: ChannelKey, wide: "InterestIndex") -> Set[Incarnation]:
        """The gateways that want events of a channel, here or namespace-wide; do not change the set."""
        found: Set[Incarnation] = _NOBODY
        for candidate in candidate_keys(key):
            gateways = self._wanted.get(candidate) or wide._wanted.get(candidate)
            if gateways:
                found = found | gateways if found else gateways
        return found

    def __len__(self) -> int:
        return len(self._wanted)
