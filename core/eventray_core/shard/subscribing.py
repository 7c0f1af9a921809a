"""What gateways want of a shard: registered for a slot as a whole, then said one by one."""

from eventray_core.channel import ChannelKey
from eventray_core.link.envelopes import Outcome, Subscribe, Subscribed, Sync
from eventray_core.placement.lease import Lease
from eventray_core.placement.view import Incarnation
from eventray_core.shard.index import InterestIndex
from eventray_core.shard.peers import Peers
from eventray_core.shard.slot import Phase, Slot


class Subscribing:
    """The interests in one shard's slots, and in all channels of a namespace (`wide`)."""

    def __init__(self, peers: Peers, slots: dict[int, Slot], wide: InterestIndex, lease: Lease) -> None:
        self._peers = peers
        self._slots = slots
        self._wide = wide
        self._lease = lease

    def sync(self, gateway: Incarnation, sync: Sync) -> list[Slot]:
        """Register the gateway; returns the slots for which that is new.

        Replaces what it wanted of the named slots, and namespace-wide. A slot that this shard does not serve
        under that epoch is left out: the gateway will learn of its new owner.
        """
        self._wide.replace(gateway, sync.wide)
        named = {number: slot for number, epoch in sync.slots if (slot := self._serving(number, epoch))}
        for slot in named.values():
            slot.interests.drop(gateway)
            slot.registered.add(gateway)
        for number, key in sync.interests:
            if number in named:
                named[number].interests.add(key, gateway)
        return list(named.values())

    def _serving(self, number: int, epoch: int) -> Slot | None:
        slot = self._slots.get(number)
        if slot is None or slot.epoch != epoch or slot.phase is Phase.LEAVING:
            return None
        return slot

    def subscribe(self, gateway: Incarnation, request: Subscribe, now: float) -> None:
        """Take one interest; answered at once, or when its slot opens."""
        outcome = Outcome.OK
        if not self._lease.valid(now):
            outcome = Outcome.UNAVAILABLE
        elif request.slot < 0:
            self._wide.add(request.key, gateway)
        elif (slot := self._serving(request.slot, request.slot_epoch)) is None:
            outcome = Outcome.MOVED
        else:
            slot.interests.add(request.key, gateway)
            if slot.phase is Phase.OPENING:
                slot.subscribes.append((gateway, request.operation))
                return
        self._peers.say(gateway, Subscribed(request.operation, outcome))

    def unsubscribe(self, gateway: Incarnation, number: int, key: ChannelKey) -> None:
        """Forget one interest; harmless if there is none."""
        if number < 0:
            self._wide.remove(key, gateway)
        elif (slot := self._slots.get(number)) is not None:
            slot.interests.remove(key, gateway)
