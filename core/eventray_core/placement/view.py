"""What every member knows of the cluster: one immutable value per epoch."""

from collections.abc import Iterator

import msgspec

from eventray_core.placement.slots import SLOTS

Incarnation = str
"""One life of one member: a uuid given at its start."""


class Member(msgspec.Struct, frozen=True, array_like=True):
    """One member; `address` is where it can be reached: links for a shard, HTTP for a gateway."""

    incarnation: Incarnation
    name: str
    address: str


class Ownership(msgspec.Struct, frozen=True, array_like=True):
    """Who owns a slot since which epoch, and from whom it takes over in a planned hand-over."""

    owner: Incarnation | None
    epoch: int
    source: Incarnation | None = None


class View(msgspec.Struct, frozen=True, array_like=True):
    """The members and the slots' owners at one epoch. A larger epoch is newer, always."""

    epoch: int
    gateways: dict[Incarnation, Member]
    shards: dict[Incarnation, Member]
    slots: tuple[Ownership, ...]

    def owned_by(self, shard: Incarnation) -> Iterator[tuple[int, Ownership]]:
        """The slots of one shard."""
        return ((slot, o) for slot, o in enumerate(self.slots) if o.owner == shard)


UNOWNED = Ownership(owner=None, epoch=0)
EMPTY_VIEW = View(epoch=0, gateways={}, shards={}, slots=(UNOWNED,) * SLOTS)
