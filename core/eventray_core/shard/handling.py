"""Publishes on their way through handlers: run at once, sent on in the order of their channel."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from eventray_core.errors import ServiceUnavailableError
from eventray_core.event import Event
from eventray_core.handling.judging import HandledPublish, faulty, forwarded
from eventray_core.link.envelopes import Ask, Publish
from eventray_core.namespace import ChannelNamespace
from eventray_core.placement.view import Incarnation
from eventray_core.shard.earlier import EarlierNamespaces
from eventray_core.shard.slot import MAX_HELD_PUBLISHES, Handling, Slot


@dataclass(frozen=True, slots=True)
class RunPublish:
    """Take a publish through the namespace's onPublish; tell the result with the ticket to `handled`."""

    ticket: int
    namespace: ChannelNamespace
    publish: Publish


@dataclass(frozen=True, slots=True)
class RunSubscribe:
    """Take a subscription through the namespace's onSubscribe; tell the result to `asked`."""

    gateway: Incarnation
    ask: Ask
    namespace: ChannelNamespace


HandlerEffect = RunPublish | RunSubscribe
SendOn = Callable[[Handling, float], None]


def events_of(publish: Publish) -> list[Event]:
    """The events of an envelope; their places in the request are known to the gateway alone."""
    pairs = zip(publish.ids, publish.literals, strict=True)
    return [Event(id_, index, literal) for index, (id_, literal) in enumerate(pairs)]


class HandlerQueues:
    """What handlers of one shard work on. `send_on` gets each publish once, when it is its turn."""

    def __init__(self, namespaces: EarlierNamespaces, send_on: SendOn) -> None:
        self._namespaces = namespaces
        self._send_on = send_on
        self._running: dict[int, Handling] = {}
        self._last_ticket = 0
        self.effects: list[HandlerEffect] = []

    def _namespace_of(self, publish: Publish) -> ChannelNamespace | None:
        return self._namespaces.find(publish.api_id, publish.path, publish.config_version)

    def _may_have_handler(self, publish: Publish) -> bool:
        """By what the gateway knew, or by what is known here."""
        namespace = self._namespace_of(publish)
        return publish.caller is not None or (namespace is not None and namespace.handles_publish)

    def is_for(self, slot: Slot, publish: Publish) -> bool:
        """Whether a publish goes this way: it has a handler, or must wait for earlier ones that have."""
        key = publish.api_id + publish.path
        return key in slot.handling or self._may_have_handler(publish)

    def is_full(self, slot: Slot) -> bool:
        """Whether a slot has as much under way as it may."""
        return sum(map(len, slot.handling.values())) + len(slot.ready) >= MAX_HELD_PUBLISHES

    def begin(self, slot: Slot, gateway: Incarnation, publish: Publish, now: float) -> None:
        """Run the publish's handler, if it has one."""
        handling = Handling(slot, gateway, publish, now + publish.budget_ms / 1000)
        slot.handling.setdefault(publish.api_id + publish.path, deque()).append(handling)
        namespace = self._namespace_of(publish)
        if not self._may_have_handler(publish):
            handling.handled = forwarded(events_of(publish))
            self._advance(handling, now)
            return
        if namespace is None or namespace.version != publish.namespace_version:
            # A shard that has only just come does not know what was before: no handler but the right one.
            handling.handled = HandledPublish(error=ServiceUnavailableError())
            self._advance(handling, now)
            return
        self._last_ticket += 1
        handling.ticket = self._last_ticket
        self._running[handling.ticket] = handling
        self.effects.append(RunPublish(handling.ticket, namespace, publish))

    def handled(self, ticket: int, result: HandledPublish, now: float) -> Slot | None:
        """A handler is done; returns the slot, None if nobody waits for it any more."""
        handling = self._running.pop(ticket, None)
        if handling is None:
            return None
        handling.handled = result
        self._advance(handling, now)
        return handling.slot

    def _advance(self, handling: Handling, now: float) -> None:
        """Send on what is handled and has nothing before it in its channel."""
        key = handling.publish.api_id + handling.publish.path
        queue = handling.slot.handling.get(key)
        while queue and queue[0].handled is not None:
            first = queue.popleft()
            if not queue:
                del handling.slot.handling[key]
            if not first.is_over:
                self._send_on(first, now)

    def expire(self, now: float) -> list[Handling]:
        """Those whose publishers wait no longer; what waited behind them goes on, they do not."""
        late = [handling for handling in self._running.values() if handling.deadline <= now]
        for handling in late:
            self._give_up(handling)
            self._advance(handling, now)
        return late

    def abandon(self, slot: Slot) -> list[Handling]:
        """Forget a slot that is another's without a hand-over; returns what was under way."""
        under_way = [*slot.ready, *[handling for queue in slot.handling.values() for handling in queue]]
        for handling in under_way:
            self._give_up(handling)
        slot.handling.clear()
        slot.ready.clear()
        return under_way

    def _give_up(self, handling: Handling) -> None:
        self._running.pop(handling.ticket, None)
        handling.handled = faulty("The publisher does not wait any more.")
        handling.is_over = True

    def __len__(self) -> int:
        return len(self._running)
