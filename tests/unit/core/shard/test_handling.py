"""Publishes and subscriptions with handlers: in order, drained before a hand-over, answered once."""

import msgspec
import pytest
from tests.support.shard_bench import API, KEY, SLOT, TIMING, ShardBench

from eventray_core.api import Api
from eventray_core.errors import HandlerRejectedError, HandlerUnauthorizedError, ServiceUnavailableError
from eventray_core.event import Event, FailedEvent
from eventray_core.handling.context import Caller
from eventray_core.handling.invocation import HandledSubscribe
from eventray_core.handling.judging import HandledPublish
from eventray_core.handling.refusals import Refusal, RefusalKind
from eventray_core.link.envelopes import (
    Ask,
    ConfigChanged,
    HandOver,
    Outcome,
    Publish,
    Published,
)
from eventray_core.namespace import ChannelNamespace
from eventray_core.placement.view import Ownership
from eventray_core.shard.handling import RunPublish, RunSubscribe, events_of
from eventray_core.shard.slot import Phase

OTHER = "/news/asia"
HANDLED = ChannelNamespace(name="news", code_hash="hash")
PLAIN = ChannelNamespace(name="news")


class HandlerBench(ShardBench):
    """A bench whose namespace has a handler; what is run is kept until the test ends it."""

    def __init__(self, *gateways: str, namespace: ChannelNamespace = HANDLED) -> None:
        super().__init__(*gateways)
        self.runs: dict[int, int] = {}
        self.asked: list[RunSubscribe] = []
        self.configure(namespace)

    def configure(self, namespace: ChannelNamespace) -> None:
        version = self.state.catalog.version + 1
        api = Api(api_id=API, name="a", dns_id="d", created=1, namespaces={"news": namespace})
        self.state.from_directory(ConfigChanged(version, False, [api]), self.now)

    def publish_to(
        self,
        path: str,
        gateway: str,
        counter: int,
        since: int = 1,
        known: int | None = None,
        version: int = 1,
        caller: Caller | None = None,
    ) -> None:
        literal = [str(counter).encode()]
        known = self.state.catalog.version if known is None else known
        publish = Publish(
            counter, SLOT, since, known, version, API, path, ["id"], literal, TIMING.confirm_ms, caller=caller
        )
        self.says(gateway, publish)

    def look(self) -> list[int]:
        """The publications that handlers were asked to run since the last look."""
        begun = []
        for effect in self.state.take_effects():
            if isinstance(effect, RunPublish):
                self.runs[effect.publish.counter] = effect.ticket
                begun.append(effect.publish.counter)
            elif isinstance(effect, RunSubscribe):
                self.asked.append(effect)
        return begun

    def ends(self, counter: int, result: HandledPublish | None = None) -> None:
        """A handler is done; without a result, the event goes out with an exclamation mark."""
        changed = HandledPublish((Event("id", 0, b"%d!" % counter),))
        self.state.handled(self.runs[counter], result or changed, self.now)
        self.state.check_invariants()


@pytest.fixture
def bench() -> HandlerBench:
    bench = HandlerBench("g1", "g2")
    bench.serve("g1")
    return bench


def test_events_go_out_as_the_handler_leaves_them(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    assert bench.heard("g1") == bench.heard("g2") == []
    assert bench.look() == [1]
    bench.ends(1)
    assert bench.heard("g1") == ["1!"]
    bench.confirms("g1")
    assert bench.heard("g2") == ["1 OK"]


def test_a_channel_keeps_its_order_and_others_do_not_wait(bench: HandlerBench) -> None:
    bench.says("g1")
    bench.publish("g2", 1)
    bench.publish("g2", 2)
    bench.publish_to(OTHER, "g2", 3)
    assert bench.look() == [1, 2, 3]
    bench.ends(3)
    assert bench.heard("g2") == ["3 OK"]
    bench.ends(2)
    assert bench.heard("g1") == []
    bench.ends(1)
    assert bench.heard("g1") == ["1!", "2!"]


def test_what_comes_after_a_handler_was_taken_away_waits_for_those_before(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.look()
    bench.configure(PLAIN)
    bench.publish("g2", 2, config=3)
    assert (bench.look(), bench.heard("g1")) == ([], [])
    bench.ends(1)
    assert bench.heard("g1") == ["1!", "2"]
    bench.publish("g2", 3, config=3)
    assert bench.heard("g1") == ["3"]


def test_what_a_gateway_has_judged_goes_on_by_the_same_configuration(bench: HandlerBench) -> None:
    newer = msgspec.structs.replace(HANDLED, version=2, code_hash="newer")
    bench.configure(newer)
    bench.configure(msgspec.structs.replace(PLAIN, version=3))
    for counter, known in enumerate((2, 3, 4), start=1):
        bench.publish_to(f"/news/{counter}", "g2", counter, known=known, version=known - 1)
        bench.says("g2", _ask(10 + counter, known=known))
    effects = bench.state.take_effects()
    ran = [(e.publish.counter, e.namespace) for e in effects if isinstance(e, RunPublish)]
    assert ran == [(1, HANDLED), (2, newer)]
    asked = [(e.ask.counter, e.namespace) for e in effects if isinstance(e, RunSubscribe)]
    assert asked == [(11, HANDLED), (12, newer)]
    assert bench.heard("g2") == ["3 OK", "13 OK"]


@pytest.mark.parametrize("namespace", [HANDLED, PLAIN])
def test_no_handler_but_the_right_one_is_run(bench: HandlerBench, namespace: ChannelNamespace) -> None:
    bench.configure(msgspec.structs.replace(namespace, version=5))
    bench.publish_to("/news/a", "g2", 1, version=4, caller=Caller("API_KEY"))
    assert bench.look() == []
    assert bench.heard("g2") == ["1 UNAVAILABLE"]


def test_events_that_failed_alone_are_told_with_the_answer(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.publish("g2", 2)
    bench.look()
    failed = (FailedEvent("id", 0, "HandlerError", "no"),)
    bench.ends(1, HandledPublish((Event("id2", 1, b"x"),), failed))
    bench.ends(2, HandledPublish((), failed))
    told = (("id", "HandlerError", "no"),)
    assert bench.ears["g2"].heard() == [Published(2, Outcome.OK, told)]
    bench.confirms("g1")
    assert bench.ears["g2"].heard() == [Published(1, Outcome.OK, told)]


def test_a_refused_publish_reaches_nobody(bench: HandlerBench) -> None:
    for counter, error in enumerate((HandlerRejectedError("no", "T"), ServiceUnavailableError()), 1):
        bench.publish("g2", counter)
        bench.look()
        bench.ends(counter, HandledPublish(error=error))
    refusal = Refusal(RefusalKind.REJECTED, "no", "T")
    assert bench.ears["g2"].heard() == [
        Published(1, Outcome.REFUSED, (), refusal),
        Published(2, Outcome.UNAVAILABLE),
    ]
    assert bench.heard("g1") == []


def test_without_a_lease_a_handlers_result_reaches_nobody(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.look()
    bench.now = 10.0
    bench.ends(1)
    assert (bench.heard("g1"), bench.heard("g2")) == ([], ["1 UNAVAILABLE"])


def test_a_publisher_waits_for_a_handler_no_longer_than_it_may(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.now = 1.0
    bench.publish("g2", 2)
    bench.look()
    bench.now = 8.0
    bench.renew()
    bench.now = 15.0
    bench.state.tick(bench.now)
    assert bench.heard("g2") == ["1 UNAVAILABLE"]
    bench.ends(2)
    assert bench.heard("g1") == ["2!"]
    bench.ends(1)
    assert (bench.heard("g1"), bench.heard("g2")) == ([], []), "answered once, and never sent"


def test_a_slot_is_handed_over_when_its_handlers_are_done(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.look()
    bench.view(2, owner="s2", since=2, source="me")
    assert bench.handed_over() == []
    bench.publish("g2", 2)
    assert bench.heard("g2") == ["2 MOVED"]
    bench.ends(1)
    assert bench.heard("g1") == ["1!"], "by the interests of before"
    assert bench.handed_over() == []
    bench.confirms("g1")
    assert bench.heard("g2") == ["1 OK"]
    assert bench.handed_over() == [("s2", HandOver(SLOT, 2, 1, 1))]


def test_a_handler_that_drops_all_lets_its_slot_go_too(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.look()
    bench.view(2, owner="s2", since=2, source="me")
    bench.ends(1, HandledPublish(dropped=1))
    assert bench.heard("g2") == ["1 OK"]
    assert bench.handed_over() == [("s2", HandOver(SLOT, 2, 1, 0))]


def test_a_handler_that_takes_too_long_lets_its_slot_go(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.look()
    bench.view(2, owner="s2", since=2, source="me")
    bench.now = 15.0
    bench.state.tick(bench.now)
    assert bench.heard("g2") == ["1 UNAVAILABLE"]
    assert bench.handed_over() == [("s2", HandOver(SLOT, 2, 1, 0))]


def test_a_slot_that_comes_back_sends_what_was_handled_before_what_is_new(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.look()
    bench.view(2, owner="s2", since=2, source="me")
    bench.view(3, owner="me", since=3)
    bench.publish("g2", 2, since=3)
    bench.ends(1)
    assert bench.slot.phase is Phase.OPENING
    assert bench.heard("g1") == []
    bench.sync("g1", KEY, epoch=3, since=3)
    bench.sync("g2", epoch=3, since=3)
    assert bench.heard("g1") == ["1!"]
    assert bench.look() == [2]
    bench.ends(2)
    assert bench.heard("g1") == ["2!"]


def test_a_slot_that_another_has_already_sends_nothing_more(bench: HandlerBench) -> None:
    bench.publish("g2", 1)
    bench.look()
    shards = dict.fromkeys(("me", "s2"), bench.state.view.shards["me"])
    bench.announce(2, Ownership("s2", 2, None), shards)
    assert bench.heard("g2") == ["1 UNAVAILABLE"]
    bench.state.handled(bench.runs[1], HandledPublish((Event("id", 0, b"x"),)), bench.now)
    assert bench.heard("g1") == []


def test_a_publish_that_waits_for_its_slot_runs_its_handler_when_that_opens() -> None:
    bench = HandlerBench("g1")
    bench.view(1)
    bench.publish("g1", 1)
    assert bench.look() == []
    bench.sync("g1", KEY)
    assert bench.look() == [1]
    bench.ends(1)
    assert bench.heard("g1") == ["1!"]


def test_what_was_handled_waits_for_a_gateway_that_is_over_its_bound(
    bench: HandlerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.publish("g2", 1)
    bench.publish("g2", 2)
    bench.look()
    bench.ends(1)
    monkeypatch.setattr("eventray_core.shard.peers.MAX_UNCONFIRMED_BYTES", 1)
    bench.ends(2)
    bench.publish("g2", 3)
    assert (bench.heard("g1"), bench.look()) == (["1!"], [])
    bench.confirms("g1")
    assert bench.heard("g1") == ["2!"]


def test_only_so_many_are_in_handlers_hands(bench: HandlerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventray_core.shard.handling.MAX_HELD_PUBLISHES", 2)
    for counter in (1, 2, 3):
        bench.publish("g2", counter)
    assert bench.heard("g2") == ["3 UNAVAILABLE"]


def _ask(counter: int, since: int = 1, known: int = 2) -> Ask:
    return Ask(counter, SLOT, since, known, API, "/news/europe", Caller("API_KEY"))


def test_a_subscription_is_asked_about(bench: HandlerBench) -> None:
    bench.says("g2", _ask(1), _ask(2))
    bench.look()
    assert [(run.gateway, run.ask.counter, run.namespace) for run in bench.asked] == [
        ("g2", 1, HANDLED),
        ("g2", 2, HANDLED),
    ]
    bench.state.asked("g2", 2, HandledSubscribe(HandlerUnauthorizedError()))
    bench.state.asked("g2", 1, HandledSubscribe())
    bench.state.asked("g2", 3, HandledSubscribe(ServiceUnavailableError()))
    refusal = Refusal(RefusalKind.UNAUTHORIZED, "You are not authorized to make this call.")
    assert bench.ears["g2"].heard() == [
        Published(2, Outcome.REFUSED, (), refusal),
        Published(1, Outcome.OK),
        Published(3, Outcome.UNAVAILABLE),
    ]


def test_a_question_to_the_wrong_shard_is_asked_elsewhere(bench: HandlerBench) -> None:
    bench.says("g2", _ask(1, since=0))
    bench.configure(PLAIN)
    bench.says("g2", _ask(2, known=3))
    bench.now = 10.0
    bench.says("g2", _ask(3))
    assert bench.look() == []
    assert bench.heard("g2") == ["1 MOVED", "2 OK", "3 UNAVAILABLE"]


def test_an_envelopes_events_have_their_ids() -> None:
    publish = Publish(1, 2, 3, 4, 5, "a", "/b/c", ["x", "y"], [b"1", b"2"], 1000)
    assert events_of(publish) == [Event("x", 0, b"1"), Event("y", 1, b"2")]
    with pytest.raises(ValueError, match="zip"):
        events_of(msgspec.structs.replace(publish, ids=["x"]))
