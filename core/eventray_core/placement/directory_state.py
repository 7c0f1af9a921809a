"""The directory's rules: who is a member, who owns which slot, and when that may change.

Only the directory removes a member: its process is known to be dead, or its lease ran out. Each change
makes a new `View` with a larger epoch; the shell saves it, then tells everyone. Nothing here waits.
"""

from dataclasses import dataclass

import msgspec

from eventray_core.link.envelopes import MemberKind
from eventray_core.placement.slots import balance
from eventray_core.placement.view import EMPTY_VIEW, Incarnation, Member, Ownership, View


@dataclass(frozen=True, slots=True)
class Probe:
    """Find out whether anything listens at the member's address; if it is refused, call `dead`."""

    member: Member


@dataclass(frozen=True, slots=True)
class Expel:
    """Tell the incarnation, once the view without it is saved, and end its session."""

    incarnation: Incarnation
    reason: str


DirectoryEffect = Probe | Expel


class DirectoryState:
    """Members, leases and placement. Times are monotonic seconds of the directory's process."""

    def __init__(self, lease: float, term: int, saved: bytes | None, now: float) -> None:
        """Go on from the saved view; every member of it gets a whole lease to come back."""
        view = msgspec.msgpack.decode(saved, type=View) if saved else EMPTY_VIEW
        self.view = msgspec.structs.replace(view, epoch=max(view.epoch, term << 20))
        self._lease = lease
        self._until = dict.fromkeys([*view.gateways, *view.shards], now + lease)
        self._linked: set[Incarnation] = set()
        self._opened: dict[int, int] = {}
        self._last_tick = now

    def snapshot(self) -> bytes:
        """What the next directory needs."""
        return msgspec.msgpack.encode(self.view)

    def member(self, incarnation: Incarnation) -> Member | None:
        """The member of that incarnation."""
        return self.view.gateways.get(incarnation) or self.view.shards.get(incarnation)

    def join(
        self, kind: MemberKind, member: Member, fresh: bool, open_slots: list[tuple[int, int]], now: float
    ) -> tuple[bool, list[DirectoryEffect]]:
        """A member's link stands and it introduces itself; returns whether it is (now) a member.

        One that was removed is not taken back: it must begin anew. May be repeated.
        """
        incarnation = member.incarnation
        if self.member(incarnation) is None:
            if not fresh:
                return False, []
            self._admit(kind, member)
        self._until[incarnation] = now + self._lease
        self._linked.add(incarnation)
        self.opened(incarnation, open_slots)
        return True, [Probe(m) for m in self._namesakes(member)]

    def _admit(self, kind: MemberKind, member: Member) -> None:
        if kind is MemberKind.SHARD:
            self._change(shards={**self.view.shards, member.incarnation: member})
        else:
            self._change(gateways={**self.view.gateways, member.incarnation: member})

    def _namesakes(self, member: Member) -> list[Member]:
        everyone = [*self.view.gateways.values(), *self.view.shards.values()]
        return [m for m in everyone if m.name == member.name and m.incarnation != member.incarnation]

    def renewed(self, incarnation: Incarnation, now: float) -> bool:
        """The member asks for its lease; False if it is none."""
        if incarnation not in self._until:
            return False
        self._until[incarnation] = now + self._lease
        return True

    def opened(self, shard: Incarnation, slots: list[tuple[int, int]]) -> None:
        """A shard serves those slots; what it could not be relieved of before may move now."""
        for slot, epoch in slots:
            ownership = self.view.slots[slot]
            if ownership.owner == shard and ownership.epoch == epoch:
                self._opened[slot] = epoch
        if slots:
            self._place()

    def relinked(self, incarnation: Incarnation) -> None:
        """A link of the member stands (again)."""
        if self.member(incarnation) is not None:
            self._linked.add(incarnation)

    def lost(self, incarnation: Incarnation) -> list[DirectoryEffect]:
        """The member's link broke."""
        self._linked.discard(incarnation)
        member = self.member(incarnation)
        return [Probe(member)] if member else []

    def dead(self, incarnation: Incarnation) -> list[DirectoryEffect]:
        """The member's process is known to be gone; ignored if it has linked again meanwhile."""
        if incarnation in self._linked:
            return []
        return self.remove(incarnation, "its process is gone")

    def remove(self, incarnation: Incarnation, reason: str) -> list[DirectoryEffect]:
        """Take a member out, for good."""
        if self.member(incarnation) is None:
            return []
        del self._until[incarnation]
        self._linked.discard(incarnation)
        if incarnation in self.view.shards:
            self._change(shards={i: m for i, m in self.view.shards.items() if i != incarnation})
        else:
            self._change(gateways={i: m for i, m in self.view.gateways.items() if i != incarnation})
        return [Expel(incarnation, reason)]

    def tick(self, now: float) -> list[DirectoryEffect]:
        """Once a second or so: look after members without a link, remove those without a lease.

        If the directory itself stood still, its members get that time back: their renewals may be waiting.
        """
        stood_still = now - self._last_tick
        self._last_tick = now
        if stood_still > self._lease / 4:
            self._until = {i: until + stood_still for i, until in self._until.items()}
        effects: list[DirectoryEffect] = []
        for incarnation in [i for i, until in self._until.items() if until <= now]:
            effects += self.remove(incarnation, "its lease ran out")
        unlinked = (self.member(i) for i in self._until if i not in self._linked)
        return effects + [Probe(m) for m in unlinked if m]

    @property
    def open_slots(self) -> int:
        """How many slots are served."""
        return sum(self._is_open(slot) for slot in range(len(self.view.slots)))

    def _is_open(self, slot: int) -> bool:
        ownership = self.view.slots[slot]
        return ownership.owner is not None and self._opened.get(slot) == ownership.epoch

    def _change(
        self,
        gateways: dict[Incarnation, Member] | None = None,
        shards: dict[Incarnation, Member] | None = None,
    ) -> None:
        self.view = View(
            epoch=self.view.epoch + 1,
            gateways=self.view.gateways if gateways is None else gateways,
            shards=self.view.shards if shards is None else shards,
            slots=self.view.slots,
        )
        self._place(new_epoch=self.view.epoch)

    def _place(self, new_epoch: int | None = None) -> None:
        """Give out slots; a slot on its way to a living owner stays until it has arrived."""
        view = self.view
        movable = {slot: self._is_open(slot) for slot in range(len(view.slots))}
        owners = balance([o.owner for o in view.slots], sorted(view.shards), movable)
        if all(o.owner == owner for o, owner in zip(view.slots, owners, strict=True)):
            return
        epoch = new_epoch or view.epoch + 1
        slots = tuple(
            o if o.owner == owner else Ownership(owner, epoch, self._source(slot, owner))
            for slot, (o, owner) in enumerate(zip(view.slots, owners, strict=True))
        )
        self.view = View(epoch=epoch, gateways=view.gateways, shards=view.shards, slots=slots)

    def _source(self, slot: int, owner: Incarnation | None) -> Incarnation | None:
        """Who must be done with the slot before its next owner opens it: the last to serve it, if it lives.

        An owner that died before it opened the slot may leave an earlier one behind that is not done yet.
        """
        before = self.view.slots[slot]
        served = before.owner in self.view.shards or self._is_open(slot)
        last = before.owner if served else before.source
        return last if last in self.view.shards and last != owner else None

    def check_invariants(self) -> None:
        """Raise if the books do not balance."""
        members = {*self.view.gateways, *self.view.shards}
        assert members == set(self._until)
        assert self._linked <= members
        for ownership in self.view.slots:
            assert ownership.owner is None or ownership.owner in self.view.shards
            assert ownership.epoch <= self.view.epoch
            assert ownership.source is None or ownership.source != ownership.owner
        if self.view.shards:
            assert all(o.owner for o in self.view.slots)
