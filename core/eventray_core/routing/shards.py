"""The shards of the current view, as a gateway sees them."""

from eventray_core.link.session import Session
from eventray_core.placement.view import EMPTY_VIEW, Incarnation, View


class Shards:
    """Which shard owns a slot, and the session with each."""

    def __init__(self) -> None:
        self.view: View = EMPTY_VIEW
        self.sessions: dict[Incarnation, Session] = {}

    def owner(self, slot: int) -> tuple[Incarnation, int, Session] | None:
        """(incarnation, epoch of its ownership, session) of a slot's owner; None while there is none."""
        ownership = self.view.slots[slot]
        session = self.sessions.get(ownership.owner or "")
        if session is None:
            return None
        return session.remote, ownership.epoch, session
