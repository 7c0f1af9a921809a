"""Every effect is asked for in ordinary life; what each does to whom is in `test_connection.py`."""

from typing import get_args

from eventray_core.auth import Allowed, AuthMode
from eventray_core.limits import Limits
from eventray_core.realtime import frames as f
from eventray_core.realtime.connection import RealtimeConnection
from eventray_core.realtime.effects import Authorize, Effect, StartPublish

ALLOWED = Allowed(AuthMode.API_KEY)


def _ticket(effects: list[Effect]) -> int:
    [effect] = effects
    assert isinstance(effect, Authorize | StartPublish)
    return effect.ticket


def _an_ordinary_life() -> list[Effect]:
    connection = RealtimeConnection(Limits(), lambda: "id")
    seen: list[Effect] = []

    def note(effects: list[Effect]) -> list[Effect]:
        seen.extend(effects)
        return effects

    note(connection.receive(f.ConnectionInit()))
    ticket = _ticket(note(connection.receive(f.Subscribe("s", "/a", {}))))
    note(connection.authorized(ticket, ALLOWED))
    note(connection.opened("s"))
    ticket = _ticket(note(connection.receive(f.Publish("p", "/a", ["1"], {}))))
    ticket = _ticket(note(connection.authorized(ticket, ALLOWED)))
    note(connection.published(ticket))
    note(connection.receive(f.Unsubscribe("s")))
    refused = RealtimeConnection(Limits(), lambda: "id")
    refused.refuse()
    note(refused.reject_now())
    return seen


def test_every_effect_is_asked_for() -> None:
    assert {type(effect) for effect in _an_ordinary_life()} == set(get_args(Effect))


def test_effects_are_small_values() -> None:
    for effect in _an_ordinary_life():
        assert not hasattr(effect, "__dict__")
