"""Channels spread over slots, slots over shards, and few of them move."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from eventray_core.placement.slots import SLOTS, balance, slot_of

SHARDS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True).map(sorted)


def test_a_channel_lives_where_patterns_over_it_do() -> None:
    slot = slot_of("api/chat/room1")
    assert slot == slot_of("api/chat/room1/*") == slot_of("api/chat/room1/a/b")
    assert len({slot_of(f"api/chat/room{n}") for n in range(1000)}) > SLOTS / 2
    assert slot_of("api/chat/room1") != slot_of("other/chat/room1")


def test_slots_are_the_same_for_ever() -> None:
    """Members of one cluster must agree, whatever their process's hash seed is."""
    assert [slot_of(f"api/default/{n}") for n in range(4)] == [914, 980, 376, 822]


@given(SHARDS)
def test_the_first_placement_is_even(shards: list[str]) -> None:
    loads = Counter(balance([None] * SLOTS, shards))
    assert max(loads.values()) - min(loads.get(s, 0) for s in shards) <= 1


@given(SHARDS, SHARDS)
def test_a_change_is_even_again_and_moves_no_more_than_it_must(before: list[str], after: list[str]) -> None:
    old = balance([None] * SLOTS, before)
    new = balance(old, after)
    loads = Counter(new)
    assert max(loads.values()) - min(loads.get(s, 0) for s in after) <= 1
    moved = sum(o != n for o, n in zip(old, new, strict=True))
    orphans = sum(o not in after for o in old)
    newcomers = sum(loads[s] for s in after if s not in before)
    assert moved <= max(orphans, newcomers) + len(after)


@given(SHARDS, SHARDS, st.sets(st.integers(0, SLOTS - 1)))
def test_what_may_not_move_stays_with_its_owner_while_that_lives(
    before: list[str], after: list[str], fixed: set[int]
) -> None:
    old = balance([None] * SLOTS, before)
    new = balance(old, after, dict.fromkeys(fixed, False))
    assert all(new[slot] == old[slot] for slot in fixed if old[slot] in after)
    assert all(owner in after for owner in new)


def test_without_shards_nobody_owns_anything() -> None:
    assert set(balance(["a"] * SLOTS, [])) == {None}
