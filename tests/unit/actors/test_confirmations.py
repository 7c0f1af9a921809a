"""Waiting for sessions to confirm."""

import asyncio

import pytest

from eventray_actors.confirmations import Confirmations
from eventray_core.link.envelopes import Renew
from eventray_core.link.session import Session

LONG = 20.0


def pair() -> tuple[Session, Session]:
    """Two ends that are connected."""
    ends = Session("there"), Session("here")
    for end in ends:
        end.connect(0)
    return ends


def confirm(here: Session, there: Session) -> None:
    """Move all that waits, and the confirmation."""
    there.receive(here.heartbeat())
    here.receive(there.heartbeat())


async def test_it_ends_with_the_last_confirmation() -> None:
    confirmations, (a, far_a), (b, far_b) = Confirmations(), pair(), pair()
    waiting = asyncio.create_task(confirmations.wait({a: a.send(Renew(1)), b: b.send(Renew(1))}, LONG))
    await asyncio.sleep(0)
    confirm(a, far_a)
    confirmations.look()
    await asyncio.sleep(0)
    assert not waiting.done()
    confirm(b, far_b)
    confirmations.look()
    assert await waiting


async def test_what_is_confirmed_or_asked_of_nobody_is_not_waited_for() -> None:
    confirmations, (a, far_a) = Confirmations(), pair()
    number = a.send(Renew(1))
    confirm(a, far_a)
    assert await confirmations.wait({a: number}, LONG)
    assert await confirmations.wait({}, LONG)


async def test_patience_ends() -> None:
    confirmations, (a, _) = Confirmations(), pair()
    assert not await confirmations.wait({a: a.send(Renew(1))}, 0.01)
    confirmations.look()


async def test_who_waits_may_be_cancelled() -> None:
    confirmations, (a, far_a) = Confirmations(), pair()
    waiting = asyncio.create_task(confirmations.wait({a: a.send(Renew(1))}, LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    confirm(a, far_a)
    confirmations.look()
