"""One slot's life."""

import pytest

from eventray_core.link.envelopes import HandOver, Publish
from eventray_core.placement.view import EMPTY_VIEW, Member, Ownership, View
from eventray_core.shard.slot import Held, Phase, Slot


def view(gateways: str, shards: str) -> View:
    return View(
        epoch=1,
        gateways={name: Member(name, name, "") for name in gateways.split()},
        shards={name: Member(name, name, "") for name in shards.split()},
        slots=EMPTY_VIEW.slots,
    )


def held(gateway: str) -> Held:
    return Held(gateway, Publish(1, 0, 1, 1, 1, "a", "/b", [], [], 1000), 15.0)


@pytest.mark.parametrize(
    ("registered", "source", "received", "cluster", "opens"),
    [
        ("", None, False, view("", "s1"), True),
        ("g1 g2", None, False, view("g1 g2", "s1"), True),
        ("g1", None, False, view("g1 g2", "s1"), False),
        ("g1 gone", None, False, view("g1", "s1"), True),
        ("g1", "s0", False, view("g1", "s0 s1"), False),
        ("g1", "s0", True, view("g1", "s0 s1"), True),
        ("g1", "s0", False, view("g1", "s1"), True),
        ("", "s0", True, view("g1", "s0 s1"), False),
    ],
)
def test_who_must_be_there_before_it_opens(
    registered: str, source: str | None, received: bool, cluster: View, opens: bool
) -> None:
    slot = Slot(0, Ownership("s1", 1, source), 1, registered=set(registered.split()))
    slot.received = HandOver(0, 1, 1, 0) if received else None
    assert slot.may_open(cluster) is opens
    slot.open()
    assert not slot.may_open(cluster), "it opens once"


def test_numbers_go_on_from_the_old_owners() -> None:
    slot = Slot(0, Ownership("s1", 4, "s0"), 4)
    slot.received = HandOver(0, 4, 2, 10)
    slot.open()
    assert slot.numbering_epoch == 2
    assert [slot.take_numbers(3), slot.take_numbers(1)] == [10, 13]


def test_what_waited_leaves_with_it_in_order() -> None:
    slot = Slot(0, Ownership("s1", 1), 1)
    first, second = held("g1"), held("g2")
    slot.held.extend([first, second])
    slot.subscribes.append(("g1", 7))
    slot.interests.add("a/b/c", "g1")
    assert slot.freeze() == ([first, second], [("g1", 7)])
    assert slot.phase is Phase.LEAVING
    assert slot.freeze() == ([], [])
    assert slot.interests.gateways() == set()


def test_taken_back_it_waits_for_registrations_but_remembers_what_is_unconfirmed() -> None:
    slot = Slot(0, Ownership("s1", 1), 1, registered={"g1"}, unconfirmed=2, next_seq=5)
    slot.open()
    slot.freeze()
    slot.take_back(Ownership("s1", 3))
    assert (slot.epoch, slot.phase, slot.unconfirmed, slot.next_seq) == (3, Phase.OPENING, 2, 5)
    assert not slot.may_open(view("g1", "s1"))


def test_nothing_of_a_forgotten_gateway_stays() -> None:
    slot = Slot(0, Ownership("s1", 1), 1, registered={"g1", "g2"})
    slot.held.extend([held("g1"), held("g2")])
    slot.subscribes += [("g1", 1), ("g2", 2)]
    slot.interests.add("a/b/c", "g1")
    slot.forget("g1")
    assert [h.gateway for h in slot.held] == ["g2"]
    assert (slot.subscribes, slot.registered) == ([("g2", 2)], {"g2"})
    assert slot.interests.gateways() == set()
