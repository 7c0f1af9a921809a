"""What old owners of slots say to new ones."""

from collections.abc import Container

from eventray_core.link.envelopes import HandOver
from eventray_core.link.session import Session
from eventray_core.placement.view import Incarnation


class HandOvers:
    """The sessions with new owners, and what an old owner said before the view that explains it."""

    __slots__ = ("_early", "_successors")

    def __init__(self) -> None:
        self._successors: dict[Incarnation, Session] = {}
        self._early: dict[int, HandOver] = {}

    def send(self, owner: Incarnation, hand_over: HandOver) -> Session | None:
        """Tell the new owner; returns the session if it is new, so that someone connects it."""
        session = self._successors.get(owner)
        new = session is None
        if session is None:
            session = self._successors[owner] = Session(owner)
        session.send(hand_over)
        return session if new else None

    def drop_all_but(self, shards: Container[Incarnation]) -> list[Incarnation]:
        """Forget the sessions with shards that are gone; returns which."""
        gone = [shard for shard in self._successors if shard not in shards]
        for shard in gone:
            del self._successors[shard]
        return gone

    def keep(self, hand_over: HandOver) -> None:
        """It came before the view that gives the slot to this shard."""
        known = self._early.get(hand_over.slot)
        if known is None or known.epoch < hand_over.epoch:
            self._early[hand_over.slot] = hand_over

    def take(self, slot: int, epoch: int) -> HandOver | None:
        """What was kept for the ownership that begins."""
        hand_over = self._early.get(slot)
        return hand_over if hand_over is not None and hand_over.epoch == epoch else None

    def forget_until(self, epoch: int) -> None:
        """No ownership of that epoch or before will begin any more."""
        self._early = {slot: h for slot, h in self._early.items() if h.epoch > epoch}

    def __len__(self) -> int:
        return len(self._early)
