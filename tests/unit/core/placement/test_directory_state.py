"""Who is a member, for how long, and what that does to the slots."""

from eventray_core.link.envelopes import MemberKind
from eventray_core.placement.directory_state import DirectoryState, Expel, Probe
from eventray_core.placement.slots import SLOTS
from eventray_core.placement.view import Member

LEASE = 10.0


def member(name: str, life: int = 1) -> Member:
    return Member(f"{name}-{life}", name, f"host:{life}")


def fresh(saved: bytes | None = None, now: float = 0.0) -> DirectoryState:
    return DirectoryState(LEASE, 1, saved, now)


def join(state: DirectoryState, name: str, life: int = 1, now: float = 0.0, is_fresh: bool = True) -> bool:
    kind = MemberKind.SHARD if name.startswith("s") else MemberKind.GATEWAY
    welcome, _ = state.join(kind, member(name, life), is_fresh, [], now)
    state.check_invariants()
    return welcome


def open_all(state: DirectoryState) -> None:
    """Shards open what they own, until nothing changes any more."""
    epoch = -1
    while epoch != state.view.epoch:
        epoch = state.view.epoch
        for shard in list(state.view.shards):
            state.opened(shard, [(slot, o.epoch) for slot, o in state.view.owned_by(shard)])
    state.check_invariants()


def loads(state: DirectoryState) -> list[int]:
    return sorted(len(list(state.view.owned_by(shard))) for shard in state.view.shards)


def test_the_first_shard_owns_everything_and_the_second_half_of_it() -> None:
    state = fresh()
    assert join(state, "s0")
    assert loads(state) == [SLOTS]
    join(state, "s1")
    assert loads(state) == [0, SLOTS], "slots on their way stay until they have arrived"
    open_all(state)
    assert loads(state) == [SLOTS // 2, SLOTS // 2]
    assert state.open_slots == SLOTS
    moved = [o for _, o in state.view.owned_by("s1-1")]
    assert {ownership.source for ownership in moved} == {"s0-1"}


def test_a_dead_shards_slots_go_to_the_others_at_once() -> None:
    state = fresh()
    for name in ("s0", "s1", "s2"):
        join(state, name)
    open_all(state)
    state.lost("s1-1")
    epoch = state.view.epoch
    assert state.dead("s1-1") == [Expel("s1-1", "its process is gone")]
    state.check_invariants()
    assert loads(state) == [SLOTS // 2, SLOTS // 2]
    given = [o for o in state.view.slots if o.epoch > epoch]
    assert len(given) in (SLOTS // 3, SLOTS // 3 + 1)
    assert all(ownership.source is None for ownership in given)


def test_who_has_linked_again_is_not_dead() -> None:
    state = fresh()
    join(state, "g0")
    assert state.lost("g0-1") == [Probe(member("g0"))]
    state.relinked("g0-1")
    assert state.dead("g0-1") == []
    assert "g0-1" in state.view.gateways


def test_a_lease_that_is_not_renewed_ends() -> None:
    state = fresh()
    join(state, "g0")
    join(state, "g1")
    for now in range(1, 10):
        assert state.renewed("g0-1", now)
        assert not [e for e in state.tick(now) if isinstance(e, Expel)]
    assert Expel("g1-1", "its lease ran out") in state.tick(10)
    assert set(state.view.gateways) == {"g0-1"}
    assert not state.renewed("g1-1", 10.5)
    assert not join(state, "g1", now=11, is_fresh=False), "it must begin anew"
    assert join(state, "g1", life=2, now=11)


def test_time_in_which_the_directory_stood_still_counts_for_nobody() -> None:
    state = fresh()
    join(state, "g0")
    state.tick(1)
    assert not [e for e in state.tick(100) if isinstance(e, Expel)]
    assert Expel("g0-1", "its lease ran out") in [e for t in range(101, 112) for e in state.tick(t)]


def test_a_namesake_with_an_older_life_is_looked_after() -> None:
    state = fresh()
    join(state, "s0", life=1)
    _, effects = state.join(MemberKind.SHARD, member("s0", 2), True, [], 1)
    assert effects == [Probe(member("s0", 1))]


def test_members_without_a_link_are_probed() -> None:
    state = fresh()
    join(state, "g0")
    assert state.tick(0.2) == []
    state.lost("g0-1")
    assert state.tick(0.4) == [Probe(member("g0"))]


def test_a_successor_goes_on_from_what_was_saved() -> None:
    state = fresh()
    for name in ("g0", "s0", "s1"):
        join(state, name)
    open_all(state)
    successor = fresh(state.snapshot(), now=1000)
    successor.check_invariants()
    assert successor.view.slots == state.view.slots
    assert successor.view.epoch >= state.view.epoch
    assert {effect.member.name for effect in successor.tick(1001) if isinstance(effect, Probe)} == {
        "g0",
        "s0",
        "s1",
    }
    assert join(successor, "g0", now=1002, is_fresh=False)
    expelled = {e.incarnation for t in range(1003, 1012) for e in successor.tick(t) if isinstance(e, Expel)}
    assert expelled == {"s0-1", "s1-1"}


def test_epochs_grow_with_the_term_even_if_everything_else_is_lost() -> None:
    assert DirectoryState(LEASE, 8, None, 0).view.epoch > DirectoryState(LEASE, 7, None, 0).view.epoch


def test_removing_who_is_no_member_changes_nothing() -> None:
    state = fresh()
    join(state, "g0")
    view = state.view
    assert state.remove("nobody", "why") == []
    assert state.view is view


def test_the_source_of_a_slot_is_the_last_that_served_it() -> None:
    """An owner that died before it opened its slots leaves the one before it behind, who may not be done."""
    state = fresh()
    join(state, "s0")
    state.opened("s0-1", [(slot, o.epoch) for slot, o in state.view.owned_by("s0-1")])
    join(state, "s1")
    moving = [slot for slot, o in enumerate(state.view.slots) if o.source == "s0-1"]
    assert moving
    state.lost("s1-1")
    join(state, "s2")
    state.dead("s1-1")
    state.check_invariants()
    given_on = [state.view.slots[slot] for slot in moving if state.view.slots[slot].owner == "s2-1"]
    assert given_on
    assert {ownership.source for ownership in given_on} == {"s0-1"}
