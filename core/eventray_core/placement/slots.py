"""Channels to slots, and slots to shards so that few of them move."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from eventray_core.channel import ChannelKey

SLOTS = 1024


@lru_cache(maxsize=65_536)
def slot_of(key: ChannelKey) -> int:
    """The slot of a channel or pattern: by API and its first two segments.

    So all channels that a pattern of three or more segments matches live in the pattern's slot.
    A namespace-wide pattern (`/news/*`) has a home slot too, but its events come from all slots.
    """
    home = "/".join(key.split("/", 3)[:3])
    digest = hashlib.blake2b(home.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % SLOTS


def balance(
    owners: Sequence[str | None], shards: Sequence[str], movable: Mapping[int, bool] | None = None
) -> list[str | None]:
    """Owners for all slots: slots without a living owner are given out, then the fewest others move.

    `movable[slot]` False keeps a slot where it is while its owner lives. Without shards nobody owns anything.
    """
    if not shards:
        return [None] * len(owners)
    alive = set(shards)
    result = [owner if owner in alive else None for owner in owners]
    load = dict.fromkeys(shards, 0)
    for owner in result:
        if owner is not None:
            load[owner] += 1
    for slot, owner in enumerate(result):
        if owner is None:
            result[slot] = _take(load)
    _level(result, load, movable or {})
    return result


def _take(load: dict[str, int]) -> str:
    shard = min(load, key=lambda s: (load[s], s))
    load[shard] += 1
    return shard


def _level(owners: list[str | None], load: dict[str, int], movable: Mapping[int, bool]) -> None:
    highest = -(-len(owners) // len(load))
    lowest = len(owners) // len(load)
    for slot, owner in enumerate(owners):
        if owner is None or not movable.get(slot, True):
            continue
        poorest = min(load, key=lambda s: (load[s], s))
        if load[owner] > highest or (load[owner] > lowest and load[poorest] < lowest):
            load[owner] -= 1
            owners[slot] = _take(load)
