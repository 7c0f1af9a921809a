"""A member's lease runs from the asking, and only answers renew it."""

from eventray_core.placement.lease import Lease


def test_a_lease_begins_with_the_first_answer_and_runs_from_its_asking() -> None:
    lease = Lease(10)
    assert not lease.valid(0)
    number = lease.sent(100)
    assert not lease.valid(100)
    lease.confirmed(number)
    assert lease.valid(109.9)
    assert not lease.valid(110)


def test_late_repeated_and_unknown_answers_change_nothing() -> None:
    lease = Lease(10)
    first, second = lease.sent(100), lease.sent(105)
    lease.confirmed(second)
    assert lease.until == 115
    lease.confirmed(first)
    lease.confirmed(second)
    lease.confirmed(77)
    assert lease.until == 115


def test_an_answer_to_what_was_asked_too_long_ago_is_worth_nothing() -> None:
    lease = Lease(10)
    old = lease.sent(100)
    lease.sent(120)
    lease.confirmed(old)
    assert not lease.valid(120)
