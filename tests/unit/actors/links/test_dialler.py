"""A dialler keeps its link, whatever breaks it, and loses and doubles nothing."""

from tests.support.link_ends import linked_pair, numbers

from eventray_core.link.envelopes import Renew
from eventray_core.link.handshake import Refusal


async def test_both_ends_hear_each_other_in_order() -> None:
    async with linked_pair() as pair:
        for number in range(100):
            pair.session.send(Renew(number))
        await pair.until(lambda: len(pair.ends.received) == 100)
        assert numbers(pair.ends.received) == list(range(100))
        theirs = pair.ends.sessions["dialler-1"]
        theirs.send(Renew(7))
        await pair.until(lambda: pair.received)
        assert numbers(pair.received) == [7]
        await pair.until(lambda: pair.session.acked == 100 and theirs.acked == 1)
        assert pair.session.unacked_bytes == 0


async def test_a_broken_link_is_dialled_again_and_nothing_is_lost_or_doubled() -> None:
    async with linked_pair() as pair:
        sent = 0
        for _ in range(10):
            await pair.until(lambda: pair.session.connected)
            for _ in range(50):
                sent += 1
                pair.session.send(Renew(sent))
            pair.ends.sessions["dialler-1"].send(Renew(sent))
            pair.listener.drop(pair.ends.sessions["dialler-1"])
            await pair.until(lambda: not pair.session.connected)
        await pair.until(lambda: len(pair.ends.received) == sent and len(pair.received) == 10)
        assert numbers(pair.ends.received) == list(range(1, sent + 1))
        assert numbers(pair.received) == [50 * n for n in range(1, 11)]


async def test_what_is_said_before_the_link_stands_is_not_lost() -> None:
    async with linked_pair() as pair:
        assert not pair.session.connected
        pair.session.send(Renew(1))
        await pair.until(lambda: pair.ends.received)


async def test_a_wrong_secret_links_nobody() -> None:
    async with linked_pair(secret=b"another") as pair:
        pair.session.send(Renew(1))
        await pair.until(lambda: pair.refusals)
        assert pair.refusals[0] is Refusal.SECRET
        assert not pair.ends.received
        assert not pair.ends.sessions


async def test_another_incarnation_than_the_wanted_one_is_told_apart() -> None:
    async with linked_pair(wanted="listener-0") as pair:
        await pair.until(lambda: pair.refusals)
        assert pair.refusals[0] is Refusal.OTHER_INCARNATION


async def test_a_listener_that_lost_the_session_says_so() -> None:
    async with linked_pair() as pair:
        await pair.until(lambda: pair.session.connected)
        lost = pair.ends.sessions.pop("dialler-1")
        pair.listener.drop(lost)
        await pair.until(lambda: pair.refusals)
        assert pair.refusals[0] is Refusal.SESSION_LOST


async def test_who_is_not_known_yet_comes_again() -> None:
    async with linked_pair() as pair:
        pair.ends.refusal = Refusal.UNKNOWN_MEMBER
        await pair.until(lambda: pair.refusals)
        pair.ends.refusal = None
        await pair.until(lambda: pair.session.connected)
