"""Subscriptions of a gateway's connections, counted: only the first and the last of a key cross a link.

subscribe(first of a key)  → PENDING → asks the owner (namespace-wide: every shard) → LIVE → tokens start
subscribe(another)         → starts with the others, or at once if LIVE
unsubscribe(last of a key) → tells those asked
"""

import enum
from collections.abc import Hashable
from dataclasses import dataclass, field

from eventray_core.channel import ChannelKey, is_namespace_wide
from eventray_core.link.envelopes import Outcome, Subscribe, Subscribed, Sync, Unsubscribe
from eventray_core.placement.slots import slot_of
from eventray_core.placement.view import Incarnation, View
from eventray_core.routing.shards import Shards

Token = Hashable
"""The shell's name for one subscription of one connection."""

WIDE = -1
"""Stands for a slot where a pattern spans all of them."""


class Phase(enum.Enum):
    """Whether events of a key may be passed on."""

    PENDING = enum.auto()
    LIVE = enum.auto()


@dataclass(slots=True)
class Interest:
    """One key that connections of this gateway want; `asked` are operations not answered yet, by shard."""

    key: ChannelKey
    slot: int
    phase: Phase = Phase.PENDING
    tokens: dict[Token, float] = field(default_factory=dict)
    """Each with the time by which it must have started."""
    asked: dict[Incarnation, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """The subscription may go live: from here on its events come."""

    token: Token


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The subscription could not be confirmed."""

    token: Token


SubscriptionEffect = Started | NotStarted


class Interests:
    """All that a gateway's connections want.

    Every `subscribe` ends in one effect, unless `unsubscribe` or `end_all` comes first.
    """

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._interests: dict[ChannelKey, Interest] = {}
        self._by_slot: dict[int, dict[ChannelKey, None]] = {}
        self._pending: dict[ChannelKey, Interest] = {}
        self._operations: dict[int, tuple[ChannelKey, Incarnation]] = {}
        self._last_operation = 0
        self._effects: list[SubscriptionEffect] = []

    @property
    def has_effects(self) -> bool:
        """Whether `take_effects` would return anything."""
        return bool(self._effects)

    def take_effects(self) -> list[SubscriptionEffect]:
        """What became of subscriptions since the last call."""
        effects, self._effects = self._effects, []
        return effects

    def subscribe(self, key: ChannelKey, token: Token, config_version: int, deadline: float) -> None:
        """A connection wants a channel or pattern."""
        interest = self._interests.get(key)
        if interest is None:
            slot = WIDE if is_namespace_wide(key) else slot_of(key)
            interest = self._interests[key] = self._pending[key] = Interest(key, slot)
            self._by_slot.setdefault(slot, {})[key] = None
            interest.tokens[token] = deadline
            self._ask(interest, config_version)
            return
        interest.tokens[token] = deadline
        if interest.phase is Phase.LIVE:
            self._effects.append(Started(token))

    def _ask(self, interest: Interest, config_version: int) -> None:
        if interest.slot != WIDE:
            owner = self._shards.owner(interest.slot)
            if owner is not None:
                self._ask_one(interest, owner[0], owner[1], config_version)
            return
        for shard in self._shards.sessions:
            self._ask_one(interest, shard, 0, config_version)

    def _ask_one(self, interest: Interest, shard: Incarnation, epoch: int, config_version: int) -> None:
        self._last_operation += 1
        operation = self._last_operation
        interest.asked[shard] = operation
        self._operations[operation] = (interest.key, shard)
        request = Subscribe(operation, interest.slot, epoch, interest.key, config_version)
        self._shards.sessions[shard].send(request)

    def unsubscribe(self, key: ChannelKey, token: Token) -> None:
        """A connection does not want it any more; harmless if it never did."""
        interest = self._interests.get(key)
        if interest is None or interest.tokens.pop(token, None) is None or interest.tokens:
            return
        self._forget(interest)
        if interest.slot == WIDE:
            sessions = list(self._shards.sessions.values())
        else:
            owner = self._shards.owner(interest.slot)
            sessions = [owner[2]] if owner else []
        for session in sessions:
            session.send(Unsubscribe(interest.slot, key))

    def _forget(self, interest: Interest) -> None:
        del self._interests[interest.key]
        self._pending.pop(interest.key, None)
        keys = self._by_slot[interest.slot]
        del keys[interest.key]
        if not keys:
            del self._by_slot[interest.slot]
        for operation in interest.asked.values():
            self._operations.pop(operation, None)

    def answered(self, shard: Incarnation, answer: Subscribed) -> None:
        """A shard's answer; one to a question that no longer stands is ignored."""
        key, asked = self._operations.pop(answer.operation, ("", ""))
        interest = self._interests.get(key)
        if interest is None or asked != shard or interest.asked.get(shard) != answer.operation:
            return
        if answer.outcome is Outcome.OK:
            del interest.asked[shard]
            self._start_if_answered(interest)
        elif answer.outcome is Outcome.UNAVAILABLE:
            self._fail(interest)
        # MOVED: the view that says where to is on its way, and asks again.

    def _start_if_answered(self, interest: Interest) -> None:
        if not interest.asked and interest.phase is Phase.PENDING:
            interest.phase = Phase.LIVE
            del self._pending[interest.key]
            self._effects.extend(Started(token) for token in interest.tokens)

    def _fail(self, interest: Interest) -> None:
        self._effects.extend(NotStarted(token) for token in interest.tokens)
        for token in list(interest.tokens):
            self.unsubscribe(interest.key, token)

    def view_changed(self, before: View, config_version: int) -> None:
        """Register with the new owners of slots; ask again what was not answered."""
        view = self._shards.view
        moved: dict[Incarnation, list[tuple[int, int]]] = {}
        for slot, (old, new) in enumerate(zip(before.slots, view.slots, strict=True)):
            if new.owner is not None and (new.owner, new.epoch) != (old.owner, old.epoch):
                moved.setdefault(new.owner, []).append((slot, new.epoch))
        wide = list(self._by_slot.get(WIDE, ()))
        for shard in view.shards:
            if shard in moved or shard not in before.shards:
                self._register(shard, moved.get(shard, []), wide)
        for slots in moved.values():
            for slot, _ in slots:
                self._ask_new_owner(slot, config_version)
        self._ask_new_shards([shard for shard in view.shards if shard not in before.shards], config_version)

    def _register(self, shard: Incarnation, slots: list[tuple[int, int]], wide: list[ChannelKey]) -> None:
        interests = [(slot, key) for slot, _ in slots for key in self._by_slot.get(slot, ())]
        self._shards.sessions[shard].send(Sync(self._shards.view.epoch, slots, interests, wide))

    def _ask_new_owner(self, slot: int, config_version: int) -> None:
        """What the slot's last owner has not answered is asked of the new one."""
        for interest in self._pending_in(slot):
            for shard in list(interest.asked):
                self._withdraw(interest, shard)
            self._ask(interest, config_version)

    def _ask_new_shards(self, new: list[Incarnation], config_version: int) -> None:
        """A namespace-wide pattern starts when all shards have answered: those that came since, too.

        They hold it by our registration, but while this gateway itself is new, no open slot waited for that.
        """
        for interest in self._pending_in(WIDE):
            for shard in [s for s in interest.asked if s not in self._shards.sessions]:
                self._withdraw(interest, shard)
            for shard in new:
                self._ask_one(interest, shard, 0, config_version)
            if self._shards.sessions:
                self._start_if_answered(interest)

    def _pending_in(self, slot: int) -> list[Interest]:
        return [self._pending[key] for key in self._by_slot.get(slot, ()) if key in self._pending]

    def _withdraw(self, interest: Interest, shard: Incarnation) -> None:
        """The shard need not answer any more."""
        self._operations.pop(interest.asked.pop(shard), None)

    def expire(self, now: float) -> None:
        """End subscribes that waited too long."""
        for interest in list(self._pending.values()):
            for token in [t for t, deadline in interest.tokens.items() if deadline <= now]:
                self._effects.append(NotStarted(token))
                self.unsubscribe(interest.key, token)

    def is_live(self, key: ChannelKey) -> bool:
        """Whether events of the key may be passed on."""
        interest = self._interests.get(key)
        return interest is not None and interest.phase is Phase.LIVE

    def end_all(self) -> None:
        """The gateway lost its membership."""
        self._interests.clear()
        self._by_slot.clear()
        self._pending.clear()
        self._operations.clear()
        self._effects.clear()

    def __len__(self) -> int:
        return len(self._interests)

    def check_invariants(self) -> None:
        """Raise if the books do not balance."""
        for key, interest in self._interests.items():
            assert key in self._by_slot[interest.slot]
            assert interest.tokens
            assert (interest.phase is Phase.PENDING) == (key in self._pending)
            assert interest.phase is Phase.PENDING or not interest.asked
        assert sum(map(len, self._by_slot.values())) == len(self._interests)
