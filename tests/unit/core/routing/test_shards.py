"""Who owns a slot, as far as a gateway knows."""

import msgspec
import pytest

from eventray_core.link.session import Session
from eventray_core.placement.view import EMPTY_VIEW, Ownership
from eventray_core.routing.shards import Shards


@pytest.mark.parametrize(
    ("owner", "known", "found"),
    [(None, ["s1"], False), ("s1", ["s1", "s2"], True), ("s2", ["s1"], False), (None, [], False)],
)
def test_an_owner_is_one_that_can_be_talked_to(owner: str | None, known: list[str], found: bool) -> None:
    shards = Shards()
    slots = (Ownership(owner, 7), *EMPTY_VIEW.slots[1:])
    shards.view = msgspec.structs.replace(EMPTY_VIEW, slots=slots)
    shards.sessions = {name: Session(name) for name in known}
    expected = (owner, 7, shards.sessions[owner]) if found and owner else None
    assert shards.owner(0) == expected
    assert shards.owner(1) is None
