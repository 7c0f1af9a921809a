"""Whatever members do and whenever the directory dies: what it announces fits what it announced before."""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from eventray_core.link.envelopes import MemberKind
from eventray_core.placement.directory_state import DirectoryState
from eventray_core.placement.view import UNOWNED, Incarnation, Member, Ownership, View

SLOTS = 6
LEASE = 10.0
INDEX = st.integers(0, 20)


class DirectoryMachine(RuleBasedStateMachine):
    """Members know only what was announced; a new directory knows only what was saved, which is the same."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.lives = 0
        self.term = 1
        self.announced = View(0, {}, {}, (UNOWNED,) * SLOTS)
        self.opened: set[tuple[Incarnation, int, int]] = set()
        self.gone: set[Incarnation] = set()
        self.directory = self.begin()

    def begin(self) -> DirectoryState:
        return DirectoryState(LEASE, self.term, msgspec.msgpack.encode(self.announced), self.now)

    @property
    def members(self) -> list[Incarnation]:
        return [*self.announced.gateways, *self.announced.shards]

    def open_slots(self, shard: Incarnation) -> list[tuple[int, int]]:
        return [(slot, epoch) for owner, slot, epoch in self.opened if owner == shard]

    @initialize(serving=st.integers(0, 2), coming=st.integers(0, 3))
    def some_are_there(self, serving: int, coming: int) -> None:
        for which in range(serving + coming):
            self.a_member_starts(MemberKind.SHARD)
            self.it_announces()
            if which < serving:
                self.a_shard_opens_slots(which, SLOTS)

    @rule(kind=st.sampled_from([MemberKind.SHARD, MemberKind.SHARD, MemberKind.GATEWAY]))
    def a_member_starts(self, kind: MemberKind) -> None:
        self.lives += 1
        member = Member(f"{kind.value}-{self.lives}", kind.value, "address")
        assert self.directory.join(kind, member, True, [], self.now)[0]

    @precondition(lambda self: self.members)
    @rule(which=INDEX)
    def a_member_comes_back(self, which: int) -> None:
        incarnation = self.members[which % len(self.members)]
        kind = MemberKind.SHARD if incarnation in self.announced.shards else MemberKind.GATEWAY
        known = self.directory.member(incarnation) is not None
        member = Member(incarnation, kind.value, "address")
        welcome, _ = self.directory.join(kind, member, False, self.open_slots(incarnation), self.now)
        assert welcome is known

    @rule(which=INDEX)
    def one_that_was_removed_comes_back(self, which: int) -> None:
        if self.gone:
            incarnation = sorted(self.gone)[which % len(self.gone)]
            member = Member(incarnation, "name", "address")
            assert not self.directory.join(MemberKind.SHARD, member, False, [], self.now)[0]
            assert not self.directory.renewed(incarnation, self.now)

    @precondition(lambda self: self.announced.shards)
    @rule(which=INDEX, how_many=st.integers(0, SLOTS))
    def a_shard_opens_slots(self, which: int, how_many: int) -> None:
        shard = list(self.announced.shards)[which % len(self.announced.shards)]
        owned = [(slot, ownership.epoch) for slot, ownership in self.announced.owned_by(shard)][:how_many]
        self.opened.update((shard, slot, epoch) for slot, epoch in owned)
        self.directory.opened(shard, owned)

    @precondition(lambda self: self.members)
    @rule(which=INDEX)
    def a_member_dies(self, which: int) -> None:
        incarnation = self.members[which % len(self.members)]
        self.directory.lost(incarnation)
        self.directory.dead(incarnation)
        assert self.directory.member(incarnation) is None

    @precondition(lambda self: self.members)
    @rule(which=INDEX)
    def a_link_breaks_and_comes_back(self, which: int) -> None:
        incarnation = self.members[which % len(self.members)]
        known = self.directory.member(incarnation)
        self.directory.lost(incarnation)
        self.directory.relinked(incarnation)
        self.directory.dead(incarnation)
        assert self.directory.member(incarnation) == known

    @rule(seconds=st.sampled_from([0.2, 1.0, 2.0, 8.0]), renewing=st.booleans())
    def time_passes(self, seconds: float, renewing: bool) -> None:
        self.now += seconds
        for incarnation in self.members if renewing else []:
            self.directory.renewed(incarnation, self.now)
        self.directory.tick(self.now)

    @rule()
    def it_announces(self) -> None:
        before, after = self.announced, self.directory.view
        self.announced = msgspec.msgpack.decode(self.directory.snapshot(), type=View)
        assert self.announced == after
        assert after.epoch >= before.epoch
        assert (after.epoch > before.epoch) or after == before
        self.gone |= {*before.gateways, *before.shards} - {*after.gateways, *after.shards}
        assert self.gone.isdisjoint({*after.gateways, *after.shards})
        for slot, (old, new) in enumerate(zip(before.slots, after.slots, strict=True)):
            self.check_move(slot, old, new)

    def check_move(self, slot: int, old: Ownership, new: Ownership) -> None:
        if new == old:
            return
        assert new.epoch > old.epoch
        shards, served = self.announced.shards, (old.owner or "", slot, old.epoch) in self.opened
        if old.owner in shards:
            assert served, "a slot on its way arrives before it moves again"
            assert new.source == (None if new.owner == old.owner else old.owner)
        elif not served and old.source in shards:
            assert old.source in (new.owner, new.source), "its last owner may not be done with it"

    @rule()
    def it_dies_and_another_begins(self) -> None:
        self.term += 1
        self.directory = self.begin()
        assert {*self.directory.view.gateways, *self.directory.view.shards} == set(self.members)

    @invariant()
    def books_balance(self) -> None:
        self.directory.check_invariants()

    def teardown(self) -> None:
        """When nothing happens any more, all is served and evenly spread."""
        for _ in range(4):
            self.it_announces()
            for which in range(len(self.announced.shards)):
                self.a_shard_opens_slots(which, SLOTS)
        self.it_announces()
        if self.announced.shards:
            loads = [len(list(self.announced.owned_by(shard))) for shard in self.announced.shards]
            assert max(loads) - min(loads) <= 1
            assert self.directory.open_slots == SLOTS


TestDirectoryMachine = DirectoryMachine.TestCase
TestDirectoryMachine.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, print_blob=True
)
