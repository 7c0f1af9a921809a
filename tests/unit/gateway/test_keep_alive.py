"""Each connection is served once per turn of the wheel."""

from functools import partial

from eventray_gateway.keep_alive import KeepAliveWheel


def test_each_is_called_once_per_turn_at_its_step() -> None:
    steps = iter([0, 2, 2])
    wheel = KeepAliveWheel(4, lambda count: next(steps))
    beats: list[str] = []
    for number, name in enumerate("abc"):
        wheel.add(number, partial(beats.append, name))
    wheel.turn()
    assert beats == []
    wheel.turn()
    assert beats == ["b", "c"]
    wheel.turn()
    wheel.turn()
    assert beats == ["b", "c", "a"]
    for _ in range(4):
        wheel.turn()
    assert beats == ["b", "c", "a"] * 2


def test_who_is_removed_is_called_no_more_even_by_another_of_its_step() -> None:
    wheel = KeepAliveWheel(1)
    beats: list[int] = []
    wheel.add(1, lambda: beats.append(1))
    wheel.add(2, lambda: wheel.remove(2))
    wheel.turn()
    wheel.remove(1)
    wheel.remove(1)
    wheel.turn()
    assert beats == [1]
    assert len(wheel) == 0
