"""Whole conversations of one connection, with answers in any order, before a shell that keeps the books."""

import itertools
from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from eventray_core.auth import Allowed, AuthMode, Decision, Denied
from eventray_core.errors import ServiceUnavailableError, UnauthorizedError
from eventray_core.limits import Limits
from eventray_core.realtime import frames as f
from eventray_core.realtime.connection import RealtimeConnection
from eventray_core.realtime.effects import Authorize, Close, Drop, Effect, GoLive, Open, Send, StartPublish

LIMITS = Limits(subscriptions_per_connection=3, event_bytes=8)
DECISIONS: list[Decision] = [Allowed(AuthMode.API_KEY), Denied(None, 403)]
KEY = {"x-api-key": "da2-abc"}

ids = st.sampled_from(["a", "b", "c", "d"])
channels = st.sampled_from(["/default/a", "/default/*", "/a b"])
event_lists = st.lists(st.sampled_from(["1", '"far too large"', "{"]), max_size=6)
pick = st.integers(0, 100)


class ConnectionMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        numbers = itertools.count()
        self.connection = RealtimeConnection(LIMITS, lambda: f"id-{next(numbers)}")
        self.closed = False
        self.asked: Counter[tuple[str, str]] = Counter()
        self.answered: Counter[tuple[str, str]] = Counter()
        self.authorizing: list[int] = []
        self.opening: list[str] = []
        self.publishing: list[int] = []
        self.last_started = 0
        self.known: set[str] = set()
        """Subscriptions that a shard has been told of."""
        self.live: set[str] = set()

    # The shell

    def act(self, effects: list[Effect]) -> None:
        assert not (effects and self.closed), "nothing is asked for after the end"
        for number, effect in enumerate(effects):
            before = effects[number - 1] if number else None
            after = effects[number + 1] if number + 1 < len(effects) else None
            match effect:
                case Send(frame):
                    self.sent(frame, before)
                case GoLive(id_) | Drop(id_):
                    self.listed(effect, after, id_)
                case Close():
                    raise AssertionError("a good connection is not closed")
                case _:
                    self.asked_for(effect)

    def listed(self, effect: GoLive | Drop, after: Effect | None, id_: str) -> None:
        if isinstance(effect, GoLive):
            assert id_ in self.known - self.live
            assert after == Send(f.SubscribeSuccess(id_))
            self.live.add(id_)
        else:
            assert isinstance(after, Send)
            assert after.frame == f.UnsubscribeSuccess(id_) or isinstance(after.frame, f.ErrorFrame)
            self.drop(id_)

    def asked_for(self, effect: Authorize | Open | StartPublish) -> None:
        match effect:
            case Authorize(ticket):
                self.authorizing.append(ticket)
            case Open(id_):
                assert id_ not in self.known
                self.known.add(id_)
                self.opening.append(id_)
            case StartPublish(ticket, _, accepted):
                assert ticket > self.last_started, "in the order in which they came"
                assert accepted.events
                self.last_started = ticket
                self.publishing.append(ticket)

    def sent(self, frame: f.ServerFrame, before: Effect | None) -> None:
        match frame:
            case f.SubscribeSuccess(id_):
                self.answered["subscribe", id_] += 1
                # One that is unsubscribed already need not live for a moment.
                assert isinstance(before, GoLive) or id_ not in self.live
            case f.UnsubscribeSuccess(id_):
                self.answered["unsubscribe", id_] += 1
                assert isinstance(before, Drop) or (
                    isinstance(before, Send) and isinstance(before.frame, f.ErrorFrame)
                )
            case f.PublishSuccess(id_):
                self.answered["publish", id_] += 1
            case f.ErrorFrame("error", errors, id_) if id_ is not None:
                assert errors
                assert isinstance(before, Drop), "only what was live is ended"
            case f.ErrorFrame(kind, errors, id_) if id_ is not None:
                assert errors
                self.answered[kind.removesuffix("_error"), id_] += 1

    def drop(self, id_: str) -> None:
        assert id_ in self.known
        self.known.discard(id_)
        self.live.discard(id_)

    # The client; what comes after the end is ignored

    def ask(self, kind: str, id_: str) -> None:
        if not self.closed:
            self.asked[kind, id_] += 1

    @rule(frame=st.sampled_from([f.ConnectionInit(), f.Unsupported()]))
    def something_else(self, frame: f.ClientFrame) -> None:
        self.act(self.connection.receive(frame))

    @rule(id_=ids, channel=channels)
    def subscribe(self, id_: str, channel: str) -> None:
        self.ask("subscribe", id_)
        self.act(self.connection.receive(f.Subscribe(id_, channel, KEY)))

    @rule(id_=ids)
    def unsubscribe(self, id_: str) -> None:
        self.ask("unsubscribe", id_)
        self.act(self.connection.receive(f.Unsubscribe(id_)))

    @rule(id_=ids, channel=channels, events=event_lists)
    def publish(self, id_: str, channel: str, events: list[str]) -> None:
        self.ask("publish", id_)
        self.act(self.connection.receive(f.Publish(id_, channel, events, KEY)))

    @rule(id_=ids, kind=st.sampled_from(["subscribe", "unsubscribe", "publish"]))
    def say_it_wrong(self, id_: str, kind: str) -> None:
        self.ask(kind, id_)
        self.act(self.connection.receive(f.Malformed(f"{kind}_error", id_, "no")))

    # Answers; those that come after the end are ignored

    def take(self, waiting: list[Any], number: int) -> Any:
        return waiting.pop(number % len(waiting))

    @precondition(lambda self: self.authorizing)
    @rule(number=pick, decision=st.sampled_from(DECISIONS))
    def authorize(self, number: int, decision: Decision) -> None:
        self.act(self.connection.authorized(self.take(self.authorizing, number), decision))

    @precondition(lambda self: self.opening)
    @rule(number=pick, succeeds=st.booleans())
    def answer_open(self, number: int, succeeds: bool) -> None:
        id_ = self.take(self.opening, number)
        if succeeds:
            self.act(self.connection.opened(id_))
        else:
            self.known.discard(id_)
            self.act(self.connection.not_opened(id_, ServiceUnavailableError()))

    @rule(id_=ids)
    def end(self, id_: str) -> None:
        self.act(self.connection.ended(id_, UnauthorizedError()))
        if id_ not in self.known and id_ in self.opening:
            self.opening.remove(id_)

    @precondition(lambda self: self.publishing)
    @rule(number=pick, succeeds=st.booleans())
    def answer_publish(self, number: int, succeeds: bool) -> None:
        error = None if succeeds else ServiceUnavailableError()
        self.act(self.connection.published(self.take(self.publishing, number), error))

    @precondition(lambda self: not self.closed)
    @rule()
    def close(self) -> None:
        for effect in self.connection.closed():
            assert isinstance(effect, Drop)
            self.drop(effect.id)
        self.closed = True

    # What always holds

    @invariant()
    def books_balance(self) -> None:
        self.connection.check_invariants()
        assert not self.answered - self.asked, "an answer that nobody asked for"
        assert self.live <= self.known
        assert len(self.known) <= LIMITS.subscriptions_per_connection
        if self.closed:
            assert not self.known

    @invariant()
    def nothing_waits_for_nothing(self) -> None:
        if not (self.closed or self.authorizing or self.opening or self.publishing):
            assert self.answered == self.asked

    def teardown(self) -> None:
        while self.authorizing or self.opening or self.publishing:
            if self.authorizing:
                self.authorize(0, DECISIONS[0])
            if self.opening:
                self.answer_open(0, True)
            if self.publishing:
                self.answer_publish(0, True)
        self.books_balance()
        self.nothing_waits_for_nothing()


TestConnectionMachine = ConnectionMachine.TestCase
TestConnectionMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
