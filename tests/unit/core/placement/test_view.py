"""Views are values, and say who owns what."""

import msgspec

from eventray_core.placement.slots import SLOTS
from eventray_core.placement.view import EMPTY_VIEW, Member, Ownership, View


def test_a_view_goes_over_the_wire_as_it_is() -> None:
    slots = (Ownership("s-1", 3, "s-0"), Ownership(None, 2), *EMPTY_VIEW.slots[2:])
    view = View(3, {"g-1": Member("g-1", "g", "h:1")}, {"s-1": Member("s-1", "s", "h:2")}, slots)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=View) == view
    assert list(view.owned_by("s-1")) == [(0, slots[0])]


def test_the_empty_view_owns_nothing() -> None:
    assert len(EMPTY_VIEW.slots) == SLOTS
    assert all(ownership.owner is None for ownership in EMPTY_VIEW.slots)
